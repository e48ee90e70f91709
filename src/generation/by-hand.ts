import { type ContentsEntry, readContents } from '../database/contents.ts'
import { planRuns, transformedBy } from '../database/plan.ts'
import { readTrigger } from '../database/platform-objects.ts'
import { decide, type RuleFacts } from '../database/rules.ts'

/** Rules whose entries pg_restore itself can bring into a new project, where the toolkit would do it in its own way. */
const restorableByHand = ['account-and-object-records', 'sequence-values', 'user-triggers']

export interface ByHandPlan {
  /** What pg_restore is given, one list after the other; `<step>-<number>[-no-owner]`. */
  lists: { name: string; entries: ContentsEntry[] }[]
  /** Their contents, which pg_restore writes in transactions of its own. */
  largeObjects: ContentsEntry[]
  /** What the toolkit would restore and pg_restore cannot, for somebody to look at. */
  leftOut: ContentsEntry[]
}

/** Divides a dump's entries as the toolkit's own restore does, into lists for pg_restore. */
export async function planByHand(dump: string, facts: RuleFacts): Promise<ByHandPlan> {
  const { entries } = await readContents(dump)
  const decisions = decide(entries, facts)
  const leftOut = transformedBy(decisions, 'granted-by-others')
  // Only the table's owner may set the state of a trigger, and pg_restore would try.
  for (const entry of transformedBy(decisions, 'user-triggers'))
    if ((await readTrigger(entry)).state !== 'enabled') leftOut.push(entry)
  const direct = new Set(
    restorableByHand
      .flatMap((rule) => transformedBy(decisions, rule))
      .filter((entry) => !leftOut.includes(entry)),
  )
  const runs = planRuns(decisions, { direct, privileged: new Set() })
  const lists = [...runs].flatMap(([step, group]) =>
    group.map(({ entries: members, noOwner }, index) => ({
      name: `${step}-${String(index + 1).padStart(3, '0')}${noOwner ? '-no-owner' : ''}`,
      entries: members,
    })),
  )
  const views = transformedBy(decisions, 'materialized-views')
  if (views.length > 0) lists.push({ name: 'views-001', entries: views })
  return { lists, largeObjects: transformedBy(decisions, 'large-object-contents'), leftOut }
}
