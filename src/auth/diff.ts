import { createHash } from 'node:crypto'
import { jsonText } from '../common/json-text.ts'
import { readJsonl } from '../common/jsonl.ts'
import { plural } from '../common/units.ts'
import type { ComponentDiff } from '../components/component.ts'
import { marks, section } from '../diff/lines.ts'
import { userLineSchema, usersPath } from './users/layout.ts'

/** Ids that are kept and printed of each kind of change. */
const idsShown = 20

/** Users that were added, removed or changed from one backup to another, in what they are: not in when they were seen last. */
export async function diffUsers(before: string, after: string): Promise<ComponentDiff> {
  const known = new Map<string, string>()
  for await (const { id, digest } of digests(before)) known.set(id, digest)
  const ids = { added: [] as string[], removed: [] as string[], changed: [] as string[] }
  const counts = { added: 0, removed: 0, changed: 0, equal: 0 }
  const note = (change: keyof typeof ids, id: string) => {
    counts[change] += 1
    if (ids[change].length < idsShown) ids[change].push(id)
  }
  for await (const { id, digest } of digests(after)) {
    const old = known.get(id)
    known.delete(id)
    if (old === undefined) note('added', id)
    else if (old === digest) counts.equal += 1
    else note('changed', id)
  }
  for (const id of known.keys()) note('removed', id)
  return {
    document: { ...counts, ids },
    equal: counts.added + counts.removed + counts.changed === 0,
    lines: section('Users', [
      ...linesOf('added', ids.added, counts.added),
      ...linesOf('removed', ids.removed, counts.removed),
      ...linesOf('changed', ids.changed, counts.changed),
      `${plural(counts.equal, 'user')} the same`,
    ]),
  }
}

function linesOf(change: keyof typeof marks, ids: readonly string[], total: number): string[] {
  const more = total - ids.length
  return [
    ...ids.map((id) => `${marks[change]} ${id}`),
    ...(more > 0 ? [`  and ${more.toLocaleString('en-US')} more ${change}`] : []),
  ]
}

/** A sign-in changes these, and nothing of what the user is. */
const passing = ['last_sign_in_at', 'updated_at']

async function* digests(generation: string): AsyncGenerator<{ id: string; digest: string }> {
  for await (const { user } of readJsonl(usersPath(generation), (value) => userLineSchema.parse(value))) {
    const lasting = Object.entries(user).filter(([name]) => !passing.includes(name))
    const text = jsonText(Object.fromEntries(lasting.sort(([a], [b]) => (a < b ? -1 : 1))))
    const digest = createHash('sha256').update(text).digest('base64url').slice(0, 22)
    yield { id: user.id, digest }
  }
}
