/** UTF-8 puts code points above U+FFFF (UTF-16 surrogates) after all others; UTF-16 puts U+E000 to U+FFFF last. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

/**
 * Compares two strings by their UTF-8 bytes: the order of PostgreSQL's `collate "C"`, of list-v2, and of every
 * catalogue and manifest. Negative, zero or positive, as for `Array.prototype.sort`.
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return utf8Rank(left) - utf8Rank(right)
  }
  return a.length - b.length
}

/**
 * Joins two streams of named rows, each in byte order, into pairs in byte order: a name on one side only comes with
 * `undefined` for the other. Holds one row of each side.
 * @throws Error when a side is out of order or repeats a name, which would silently lose rows.
 */
export async function* mergeJoin<Left extends { name: string }, Right extends { name: string }>(
  left: AsyncIterable<Left>,
  right: AsyncIterable<Right>,
): AsyncGenerator<[Left, Right | undefined] | [undefined, Right]> {
  const lefts = ascending(left)
  const rights = ascending(right)
  try {
    let l = await lefts.next()
    let r = await rights.next()
    while (!l.done || !r.done) {
      const order = l.done ? 1 : r.done ? -1 : compareBytes(l.value.name, r.value.name)
      if (!l.done && order <= 0) {
        yield [l.value, order === 0 && !r.done ? r.value : undefined]
        l = await lefts.next()
      } else if (!r.done) yield [undefined, r.value]
      if (!r.done && order >= 0) r = await rights.next()
    }
  } finally {
    await lefts.return(undefined)
    await rights.return(undefined)
  }
}

/** The rows as they come. @throws Error when they are not in byte order, or repeat a name. */
export async function* ascending<Row extends { name: string }>(
  rows: AsyncIterable<Row>,
): AsyncGenerator<Row> {
  let previous: string | undefined
  for await (const row of rows) {
    if (previous !== undefined && compareBytes(previous, row.name) >= 0)
      throw new Error(`rows out of byte order: ${JSON.stringify(row.name)} after ${JSON.stringify(previous)}`)
    previous = row.name
    yield row
  }
}

/** The rows of an in-memory list, for a side of a join that has none on disk. */
export async function* none<Row>(): AsyncGenerator<Row> {}
