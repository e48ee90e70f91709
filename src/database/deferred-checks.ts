import { z } from 'zod'
import { isManagedSchema } from './platform.ts'
import type { PsqlSession } from './psql.ts'
import { quoteName, quoteText } from './statements.ts'
import type { Weakening } from './weakened.ts'

const checkRow = z.object({
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  definition: z.string(),
  comment: z.string().nullable(),
})
type Check = z.infer<typeof checkRow>

/** Checks that call functions of the user's: these may read other tables, whose rows may come later. */
const checksWithFunctions = `SELECT n.nspname::text AS schema, c.relname::text AS table, k.conname::text AS name,
    pg_get_constraintdef(k.oid) AS definition, obj_description(k.oid, 'pg_constraint') AS comment
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'c' AND k.coninhcount = 0 AND k.convalidated AND EXISTS (
    SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = k.oid
      AND d.refclassid = 'pg_catalog.pg_proc'::regclass AND p.pronamespace <> 'pg_catalog'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
        WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))`

export interface DeferredChecks {
  /** Makes them again. Rows that no longer satisfy one, as on the source, leave it not validated. */
  restore(): Promise<Weakening[]>
}

/**
 * Drops checks that call functions until the rows are loaded. PostgreSQL evaluates a check row by row, so one that looks
 * into another table fails wherever that is loaded later; in replica mode too.
 * @param schemas only those of tables in these; by default all of the user's
 */
export async function deferChecks(
  session: PsqlSession,
  schemas?: readonly string[],
): Promise<DeferredChecks> {
  const checks = (await session.rows(checksWithFunctions, checkRow)).filter(
    ({ schema }) => !isManagedSchema(schema) && (schemas?.includes(schema) ?? true),
  )
  const table = (check: Check) => quoteName(check.schema, check.table)
  await session.run(
    checks.map((check) => `ALTER TABLE ${table(check)} DROP CONSTRAINT ${quoteName(check.name)};\n`).join(''),
  )
  return {
    async restore() {
      await session.run(checks.map((check) => addCheck(table(check), check)).join(''))
      const present = await session.rows(
        notValid,
        z.object({ schema: z.string(), table: z.string(), name: z.string() }),
      )
      const invalid = new Set(present.map((each) => weakeningOf(each).name))
      return checks.map(weakeningOf).filter(({ name }) => invalid.has(name))
    },
  }
}

const notValid = `SELECT n.nspname::text AS schema, c.relname::text AS table, k.conname::text AS name
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'c' AND NOT k.convalidated`

/** One that rows violate. */
function weakeningOf({ schema, table, name }: Pick<Check, 'schema' | 'table' | 'name'>): Weakening {
  return {
    kind: 'not-valid',
    name: `CHECK CONSTRAINT ${schema} ${table} ${name}`,
    reason: 'rows violate it',
    within: `TABLE ${schema} ${table}`,
    sql: `ALTER TABLE ${quoteName(schema, table)} VALIDATE CONSTRAINT ${quoteName(name)}`,
  }
}

function addCheck(table: string, { name, definition, comment }: Check): string {
  const add = `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(name)} ${definition}`
  const body = `BEGIN ${add}; EXCEPTION WHEN check_violation THEN ${add} NOT VALID; END`
  const described =
    comment === null ? '' : `COMMENT ON CONSTRAINT ${quoteName(name)} ON ${table} IS ${quoteText(comment)};\n`
  return `DO ${quoteText(body)};\n${described}`
}
