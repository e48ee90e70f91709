import { quoteName } from '../sql/statements.ts'
import type { ContentsEntry } from './contents.ts'
import type { Decision } from './rules.ts'

/**
 * The parts of a restore, in their order: privileges before indexes, whose expressions may need them, unless owners give up
 * their own, which they need until then; event triggers last, or they would fire on the rest.
 */
const steps = [
  'schemas',
  'extensions',
  'pre-data',
  'data',
  'privileges',
  'post-data',
  'owner-privileges',
  'event-triggers',
] as const
export type Step = (typeof steps)[number]

/** Entries that one run of pg_restore can write out together, in the order of the dump. */
export interface Run {
  entries: ContentsEntry[]
  /** Whether they stay with the role that restores them. */
  noOwner: boolean
  /** Whether only a superuser can restore them on a server without supautils. */
  privileged: boolean
}

function stepOf(entry: ContentsEntry, byId: ReadonlyMap<number, ContentsEntry>): Step {
  if (entry.desc === 'SCHEMA') return 'schemas'
  if (entry.desc === 'EXTENSION') return 'extensions'
  if (entry.desc === 'ACL') return isGivenUp(entry) ? 'owner-privileges' : 'privileges'
  if (entry.desc === 'EVENT TRIGGER') return 'event-triggers'
  if (entry.section !== 'none') return entry.section
  // Comments and labels follow what they are about; only schema public has no entry of its own.
  const [first] = entry.dependencies
  const subject = first === undefined ? undefined : byId.get(first)
  return subject === undefined ? 'schemas' : stepOf(subject, byId)
}

/** Whether privileges are taken from the owner of an object, who has them all by default. */
function isGivenUp({ defn, owner }: ContentsEntry): boolean {
  return [owner, quoteName(owner)].some((name) => defn.includes(` FROM ${name};`))
}

/** Only a superuser may say whom one belongs to, also where that is so already, and only to another. */
export const superusersOwn: readonly string[] = ['FOREIGN DATA WRAPPER', 'EVENT TRIGGER']

/**
 * The entries pg_restore writes in each step, as runs of equal treatment.
 * @param entries.direct those a rule transforms, of which nothing has to be changed on this target
 * @param entries.privileged those that only a superuser can restore on a server without supautils
 */
export function planRuns(
  decisions: readonly Decision[],
  entries: { direct: ReadonlySet<ContentsEntry>; privileged: ReadonlySet<ContentsEntry> },
): Map<Step, Run[]> {
  const byId = new Map(decisions.map(({ entry }) => [entry.dumpId, entry]))
  const runs = new Map<Step, Run[]>(steps.map((step) => [step, []]))
  for (const { entry, action, rule } of decisions) {
    const adopted = rule.id === 'owned-by-the-platform'
    if (action !== 'keep' && !adopted && !entries.direct.has(entry)) continue
    const noOwner = adopted || superusersOwn.includes(entry.desc)
    const privileged = entries.privileged.has(entry)
    const step = runs.get(stepOf(entry, byId)) ?? []
    const last = step.at(-1)
    if (last?.noOwner === noOwner && last.privileged === privileged) last.entries.push(entry)
    else step.push({ entries: [entry], noOwner, privileged })
  }
  return runs
}

/** The same runs in parts of so many entries at most. */
export function divideRuns(runs: ReadonlyMap<Step, Run[]>, most: number): Map<Step, Run[]> {
  const parts = (run: Run) =>
    Array.from({ length: Math.ceil(run.entries.length / most) }, (_, part) => ({
      ...run,
      entries: run.entries.slice(part * most, (part + 1) * most),
    }))
  return new Map([...runs].map(([step, list]) => [step, list.flatMap(parts)]))
}

/** The entries one rule transforms, in the order of the dump. */
export function transformedBy(decisions: readonly Decision[], rule: string): ContentsEntry[] {
  return decisions.filter((decision) => decision.rule.id === rule).map((decision) => decision.entry)
}
