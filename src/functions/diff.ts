import type { Component } from '../components/component.ts'
import { marks, notComparedLine, section } from '../diff/lines.ts'
import { compareFunction } from './difference.ts'
import { type FunctionSource, readIndex, readSecretDigests, readUnread } from './index-file.ts'

type Differ = NonNullable<Component['diff']>

/** What changed of the functions from one backup to another; of what one of them could not read nothing is known. */
export const compareBackups: Differ['compare'] = async (before, after) => {
  const unread = new Set([...(await readUnread(before)), ...(await readUnread(after))])
  const functions = compareLists(await readIndex(before), await readIndex(after)).filter(
    ({ name }) => !unread.has(name),
  )
  const [old, now] = [await secretsOf(before), await secretsOf(after)]
  const secrets = old && now ? compareSecrets(old, now) : []
  const notCompared = [...[...unread].sort(), ...(old && now ? [] : ['the secrets'])]
  const lines = [
    ...functions.map(lineOf),
    ...secrets.map((change) => `${lineOf(change)} (secret)`),
    ...notComparedLine(notCompared),
  ]
  return {
    document: { functions, secrets, notCompared },
    equal: lines.length === 0,
    lines: section('Functions', lines),
  }
}

interface Change {
  change: 'added' | 'removed' | 'changed'
  name: string
  /** What of it, e.g. its files. */
  what: string[]
}

function compareLists(before: readonly FunctionSource[], after: readonly FunctionSource[]): Change[] {
  return compareByName(
    before.map((source) => [source.slug, source]),
    after.map((source) => [source.slug, source]),
    (one, other) => compareFunction(one, other).map(({ name }) => name.slice(one.slug.length + 2)),
  )
}

async function secretsOf(generation: string): Promise<[string, string][] | undefined> {
  return (await readSecretDigests(generation))?.map(({ name, sha256 }) => [name, sha256])
}

function compareSecrets(before: [string, string][], after: [string, string][]): Change[] {
  return compareByName(before, after, (one, other) => (one === other ? [] : ['value']))
}

function compareByName<Value>(
  before: readonly [string, Value][],
  after: readonly [string, Value][],
  compare: (one: Value, other: Value) => string[],
): Change[] {
  const [was, is] = [new Map(before), new Map(after)]
  const changes: Change[] = []
  for (const name of [...new Set([...was.keys(), ...is.keys()])].sort()) {
    const [one, other] = [was.get(name), is.get(name)]
    if (one === undefined) changes.push({ change: 'added', name, what: [] })
    else if (other === undefined) changes.push({ change: 'removed', name, what: [] })
    else {
      const what = compare(one, other)
      if (what.length > 0) changes.push({ change: 'changed', name, what })
    }
  }
  return changes
}

function lineOf({ change, name, what }: Change): string {
  return `${marks[change]} ${name}${what.length === 0 ? '' : `: ${what.join(', ')}`}`
}
