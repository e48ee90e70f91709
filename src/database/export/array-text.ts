/** A PostgreSQL array as nested lists; its elements are text or NULL. */
export type ArrayValue = (string | null | ArrayValue)[]

/**
 * Reads an array as PostgreSQL prints it: `{1,NULL,"a b"}`.
 * @returns undefined for one whose subscripts do not begin at 1 (`[0:1]={…}`), which nested lists cannot say
 */
export function readArray(text: string): ArrayValue | undefined {
  if (!text.startsWith('{')) return undefined
  return new ArrayParser(text).list()
}

class ArrayParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** From the opening brace to behind the closing one. */
  list(): ArrayValue {
    const items: ArrayValue = []
    this.#at += 1
    while (this.#at < this.#text.length) {
      const next = this.#text[this.#at]
      if (next === '}') break
      if (next === ',') this.#at += 1
      else if (next === '{') items.push(this.list())
      else items.push(next === '"' ? this.#quoted() : this.#plain())
    }
    this.#at += 1
    return items
  }

  #quoted(): string {
    let value = ''
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const next = this.#text[this.#at]
      if (next === '"') break
      if (next === '\\') this.#at += 1
      value += this.#text[this.#at]
    }
    this.#at += 1
    return value
  }

  #plain(): string | null {
    const from = this.#at
    while (this.#at < this.#text.length && !',}'.includes(this.#text[this.#at] ?? '')) this.#at += 1
    const value = this.#text.slice(from, this.#at)
    return value === 'NULL' ? null : value
  }
}

/** Writes an array as PostgreSQL reads it. @param delimiter what its type has between elements */
export function writeArray(items: ArrayValue, delimiter = ','): string {
  return `{${items.map((item) => writeItem(item, delimiter)).join(delimiter)}}`
}

function writeItem(item: ArrayValue[number], delimiter: string): string {
  if (item === null) return 'NULL'
  if (typeof item !== 'string') return writeArray(item, delimiter)
  return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
