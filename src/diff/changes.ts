import { formatPatch, structuredPatch } from 'diff'

/** What became of one thing between two backups. */
export interface Change {
  change: 'added' | 'removed' | 'changed'
  /** What it is: `TABLE`, `POLICY`, `role`, `bucket`, … */
  kind: string
  name: string
  /** Of a changed one: its lines, those that went with `-` and those that came with `+`. */
  diff?: string | undefined
}

/** A thing by its kind and name, with the text that describes it. */
export type Described = readonly [kind: string, name: string, text: string]

const contextLines = 2

/** Compares two lists of described things. Several of one name (overloaded, or nameless) are compared as one text. */
export function compareDescribed(before: Iterable<Described>, after: Iterable<Described>): Change[] {
  const [old, current] = [grouped(before), grouped(after)]
  const changes: Change[] = []
  for (const key of [...new Set([...old.keys(), ...current.keys()])].sort()) {
    const [was, is] = [old.get(key), current.get(key)]
    const { kind = '', name = '' } = is ?? was ?? {}
    if (was === undefined) changes.push({ change: 'added', kind, name })
    else if (is === undefined) changes.push({ change: 'removed', kind, name })
    else if (was.text !== is.text)
      changes.push({ change: 'changed', kind, name, diff: lineDiff(was.text, is.text) })
  }
  return changes
}

function grouped(list: Iterable<Described>): Map<string, { kind: string; name: string; text: string }> {
  const texts = new Map<string, { kind: string; name: string; texts: string[] }>()
  for (const [kind, name, text] of list) {
    const key = JSON.stringify([kind, name])
    const group = texts.get(key) ?? { kind, name, texts: [] }
    group.texts.push(text)
    texts.set(key, group)
  }
  return new Map(
    [...texts].map(([key, { kind, name, texts: all }]) => [key, { kind, name, text: all.sort().join('\n') }]),
  )
}

/** The lines that differ, with some around them. */
function lineDiff(before: string, after: string): string {
  const patch = structuredPatch('', '', `${before}\n`, `${after}\n`, undefined, undefined, {
    context: contextLines,
  })
  const lines = formatPatch(patch).split('\n')
  return lines
    .slice(lines.findIndex((line) => line.startsWith('@@')))
    .join('\n')
    .trimEnd()
}
