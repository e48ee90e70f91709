import type { PartialBackup } from '../common/partial.ts'
import { entriesOfPart } from './restore/held-part.ts'
import { type ContentsEntry, readContents } from './rules/contents.ts'
import { planRuns, transformedBy } from './rules/plan.ts'
import { readTrigger } from './rules/platform-objects.ts'
import { decide, type RuleFacts } from './rules/rules.ts'

/** Rules whose entries pg_restore itself can bring into a new project, where the toolkit would do it in its own way. */
const restorableByHand = ['account-and-object-records', 'sequence-values', 'user-triggers']

export interface ManualRestorePlan {
  /** What pg_restore is given, one list after the other; `<step>-<number>[-no-owner]`. */
  lists: { name: string; entries: ContentsEntry[] }[]
  /** What the toolkit would restore and pg_restore cannot, for somebody to look at. */
  leftOut: ContentsEntry[]
}

/**
 * Divides a dump's entries as the toolkit's own restore does, into lists for pg_restore.
 * @param partial of a partial backup, which part it is of: its dump may have more definitions
 */
export async function planManualRestore(
  dump: string,
  facts: RuleFacts,
  partial: PartialBackup | undefined,
): Promise<ManualRestorePlan> {
  const { entries } = await readContents(dump)
  const held = partial === undefined ? new Set(entries) : await entriesOfPart(partial, entries)
  const decisions = decide(entries, facts).filter(({ entry }) => held.has(entry))
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
  // After the one transaction: large objects come in transactions of pg_restore's own, and a view may fail.
  const after = { 'large-objects': 'large-object-contents', views: 'materialized-views' }
  for (const [step, rule] of Object.entries(after))
    lists.push({ name: `${step}-001`, entries: transformedBy(decisions, rule) })
  return { lists: lists.filter((list) => list.entries.length > 0), leftOut }
}
