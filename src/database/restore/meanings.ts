import { type Binding, bindings, boundFunctionName } from '../facts/all.ts'
import { savedIfKnown } from '../facts/catalog-facts.ts'
import { literals } from '../facts/fact.ts'
import type { ContentsEntry } from '../rules/contents.ts'

/** An expression that the backup recorded the functions of. */
export interface Meant {
  kind: Binding['kind']
  schema: string
  /** Of a part of a table, the table's name, a space, and its own. */
  name: string
}

/** What the stored expressions of a backup call; it is read when it is first asked for. Older backups do not know it. */
export type Bindings = () => Promise<readonly Binding[]>

/** @param generation the backup's directory */
export function recordedBindings(generation: string): Bindings {
  let all: Promise<readonly Binding[]> | undefined
  return () => (all ??= savedIfKnown(generation, bindings).then((rows) => rows ?? []))
}

/**
 * What the dump's dependencies do not say the functions of: an exclusion constraint, whose index says them.
 * @param recorded what the backup knows of its expressions
 */
export function meantByIndexOf({ namespace, tag }: ContentsEntry, recorded: readonly Binding[]): Meant[] {
  return recorded.filter(
    ({ kind, schema, name, relation }) =>
      kind === 'INDEX' && schema === namespace && `${relation} ${name}` === tag,
  )
}

/**
 * SQL: the functions, as an array of their identities, that some expressions called at the source.
 * @returns undefined where these call none but PostgreSQL's own, or where the backup does not know it
 */
export function functionsMeant(meant: readonly Meant[], recorded: readonly Binding[]): string | undefined {
  const names = recorded
    .filter((each) =>
      meant.some(
        ({ kind, schema, name }) => kind === each.kind && schema === each.schema && name === each.name,
      ),
    )
    .flatMap(({ functions }) => functions)
    // PostgreSQL's own stand there without a schema.
    .filter((name) => name.slice(0, name.indexOf('(')).includes('.'))
  if (names.length === 0) return undefined
  return `ARRAY(SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE ${boundFunctionName} IN (${literals(names)}))::pg_catalog.oid[]`
}
