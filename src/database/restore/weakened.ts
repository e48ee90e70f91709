import { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import type { Expression } from '../sql/expressions.ts'

/**
 * One thing a restore could not bring back as the backup has it, because the backup's own rows or definitions, or what
 * the target lets be done, contradict it. The restore goes on without it, names it (degraded), and hands it to the
 * verification that follows, which does not count exactly this as a difference.
 */
export const weakeningSchema = z.object({
  /**
   * - `not-valid`: a constraint that holds for new rows only, since rows of the backup violate it
   * - `left-out`: an entry of the dump that was not restored, or the default, check or computed column of one
   * - `refused`: what no dump holds and the target does not let role `postgres` do: `membership reader to anon`,
   *   `setting work_mem of reader`, `role reader: bypassRls`, named as a difference would be
   * - `recomputed`: rows that differ in what PostgreSQL computed for their generated columns, and in nothing else
   * - `asleep`: an event trigger on logins that is enabled once everything is compared; no loss, and not reported
   * - `reordered`: a table whose columns stand in another order, since no dump can tell it, and that is the same otherwise
   */
  kind: z.enum(['not-valid', 'left-out', 'refused', 'recomputed', 'reordered', 'asleep']),
  /**
   * The dump's entry, as `nameOf` spells it: `VIEW public broken`. Of a constraint that is not valid always the entry
   * that pg_dump makes of it then, `CHECK CONSTRAINT public bookings bookings_starts_at_check` (the table or domain, a
   * space, the constraint), also where the backup has it within its table's or domain's definition.
   */
  name: z.string(),
  /** Why, in words, mostly those of the server. */
  reason: z.string(),
  /** The entry whose definition holds it in the backup, where that is another one: `TABLE public bookings`. */
  within: z.string().optional(),
  /** Of a partition's constraint, the entry its own is inherited from: `CHECK CONSTRAINT public bookings starts_at_check`. */
  inheritedFrom: z.string().optional(),
  /** That the backup was made without it: no loss, and told as a note. */
  notBackedUp: z.literal(true).optional(),
  /** What brings it about once the cause is gone: `ALTER TABLE … VALIDATE CONSTRAINT …`. */
  sql: z.string().optional(),
})
export type Weakening = z.infer<typeof weakeningSchema>

const messages: Record<Weakening['kind'], { finding: string; message: string } | undefined> = {
  'not-valid': {
    finding: 'constraint-not-valid',
    message:
      'Rows of the backup violate these constraints, as they did at the origin, or point at rows that a partial backup does not hold: they were restored as NOT VALID, so that they hold for new rows only.',
  },
  'left-out': {
    finding: 'entry-left-out',
    message:
      'These entries of the backup, or defaults and checks of tables that were restored without them, were not restored: they were left out as asked, cannot be made of what the backup holds or at this target, or depend on one of those.',
  },
  refused: {
    finding: 'refused-by-target',
    message:
      'The target did not let role postgres do these. Do them by hand as somebody who may, or ask Supabase; the backup has them all.',
  },
  recomputed: {
    finding: 'generated-column-recomputed',
    message:
      'Generated columns of these tables hold other values than at the origin, where what computes them was changed since the rows were written, or was left out. All other columns are as in the backup. A statement that is given computes them anew at the origin, too; then back up again.',
  },
  reordered: {
    finding: 'columns-reordered',
    message:
      'The columns of these tables stand in another order than at the origin: they inherit, and their parents were given columns later, which no dump can tell. Rows and columns are the same; a statement that names no columns (SELECT *, INSERT without a list) may not mean the same.',
  },
  asleep: undefined,
}

/** The findings that name what a restore weakened, a kind each. */
export function weakeningFindings(all: readonly Weakening[]): Finding[] {
  const weakened = all.filter(({ notBackedUp }) => !notBackedUp)
  return [
    ...notBackedUpFindings(all),
    ...weakeningSchema.shape.kind.options.flatMap((kind) => {
      const names = weakened
        // What partitions have from their root is named there.
        .filter((each) => each.kind === kind && each.inheritedFrom === undefined)
        .map(nameWithRemedy)
      const saying = messages[kind]
      if (names.length === 0 || saying === undefined) return []
      const { finding: as, message } = saying
      return [finding({ component: 'database', severity: 'degraded', kind: as, message, names })]
    }),
  ]
}

/** What was left out of a table or domain comes with the statement that makes it. */
function nameWithRemedy({ kind, name, reason, sql }: Weakening): string {
  const remedy = kind === 'left-out' && sql !== undefined ? `; once that is mended: ${sql}` : ''
  return `${name}: ${reason}${remedy}`
}

function notBackedUpFindings(weakened: readonly Weakening[]): Finding[] {
  const names = weakened.filter(({ notBackedUp }) => notBackedUp).map(({ name }) => name)
  if (names.length === 0) return []
  const message = 'The backup was made without these, so they were not restored.'
  return [finding({ component: 'database', severity: 'note', kind: 'not-backed-up', message, names })]
}

/**
 * What a default, a check or a computed column that was left out is named: as pg_dump names the entry of one that stands by itself.
 * @param within the entry whose definition holds it
 */
export function expressionName(
  within: string,
  { kind, column, name }: Pick<Expression, 'kind' | 'column' | 'name'>,
): string {
  const of = within.replace(/^(TABLE|DOMAIN) /, '')
  const type = kind === 'check' ? 'CHECK CONSTRAINT' : 'DEFAULT'
  return [type, of, column ?? name].filter((part) => part !== undefined).join(' ')
}

/** Names of the entries that were left out: those the target need not have. */
export function leftOutNames(weakened: readonly Weakening[]): ReadonlySet<string> {
  return new Set(weakened.filter(({ kind }) => kind === 'left-out').map(({ name }) => name))
}

/** What a refused owner is named, by the entry's name: `owner of FOREIGN DATA WRAPPER far`. */
export function ownerOf(entry: string): string {
  return `owner of ${entry}`
}

/** What is named that the target refused to call leakproof, by the entry's name: `LEAKPROOF of FUNCTION public f()`. */
export function leakproofOf(entry: string): string {
  return `LEAKPROOF of ${entry}`
}

/** The definition of a function that is not said to be leakproof. */
export function withoutLeakproof(definition: string): string {
  return definition.replace(/^( +LANGUAGE "[^"]*"[A-Z ]*?) LEAKPROOF\b/m, '$1')
}

/** What the target refused, each named as a difference in it would be. */
export function refusedNames(weakened: readonly Weakening[]): ReadonlySet<string> {
  return new Set(weakened.filter(({ kind }) => kind === 'refused').map(({ name }) => name))
}

/** What rows with recomputed columns are named: the dump's entry of their table's rows. */
export function recomputedName({ schema, name }: { schema: string; name: string }): string {
  return `TABLE DATA ${schema} ${name}`
}

/** What a table with another order of columns is named: the dump's entry of it. */
export function reorderedName({ schema, name }: { schema: string; name: string }): string {
  return `TABLE ${schema} ${name}`
}

/** A table whose columns the restore could not put into the order they had. */
export function reorderedWeakening(table: { schema: string; name: string }): Weakening {
  return { kind: 'reordered', name: reorderedName(table), reason: 'inherited columns stand first' }
}

/** The entries of tables whose columns stand in another order. */
export function reorderedNames(weakened: readonly Weakening[]): ReadonlySet<string> {
  return new Set(weakened.filter(({ kind }) => kind === 'reordered').map(({ name }) => name))
}

/** The entries of rows whose generated columns were computed to other values. */
export function recomputedNames(weakened: readonly Weakening[]): ReadonlySet<string> {
  return new Set(weakened.filter(({ kind }) => kind === 'recomputed').map(({ name }) => name))
}
