import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import { overloadsOf } from './overloads.ts'
import type { Weakening } from './weakened.ts'

const checkRow = z.object({
  /** `TABLE`, or `DOMAIN`. */
  kind: z.enum(['TABLE', 'DOMAIN']),
  schema: z.string(),
  /** The table, or the domain. */
  of: z.string(),
  /** Of a NOT NULL that of the check it becomes, where rows hold nulls. */
  name: z.string(),
  /** `CHECK (…)`, or `NOT NULL` of a domain. */
  definition: z.string(),
  comment: z.string().nullable(),
  /** Other functions of the names it calls, with the statements that rename them for a while (`overloadsOf`). */
  overloads: z.array(z.object({ away: z.string(), back: z.string() })).default([]),
})
type Check = z.infer<typeof checkRow>

const notNull = 'NOT NULL'

/** SQL: the other overloads of what constraint `k` calls, as JSON. */
const overloads = `(SELECT coalesce(jsonb_agg(o), '[]') FROM (${overloadsOf(`ARRAY(SELECT d.refobjid FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = k.oid
      AND d.refclassid = 'pg_catalog.pg_proc'::regclass)`)}) o)`

/** Checks of tables in force, of those constraints `k` the condition holds for; inherited ones go with their parent's. */
const tableChecks = (
  condition: string,
) => `SELECT 'TABLE' AS kind, n.nspname::text AS schema, c.relname::text AS of,
    k.conname::text AS name, pg_get_constraintdef(k.oid) AS definition, obj_description(k.oid, 'pg_constraint') AS comment, ${overloads} AS overloads
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'c' AND k.coninhcount = 0 AND k.convalidated AND ${condition}`

/** Those that call functions of the user's: these may read other tables, whose rows may come later. */
const callsFunctions = `EXISTS (
    SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = k.oid
      AND d.refclassid = 'pg_catalog.pg_proc'::regclass AND p.pronamespace <> 'pg_catalog'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
        WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))`

/**
 * Checks in force of a domain and those it is made of, and whether they take nulls; of all domains without one. A scalar
 * subquery without a row is a null that no domain is asked about.
 */
const domainChecks = (domain?: { schema: string; name: string }) => `WITH RECURSIVE meant AS (
    SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype = 'd'${domain ? ` AND n.nspname = ${quoteText(domain.schema)} AND t.typname = ${quoteText(domain.name)}` : ''}
    UNION SELECT b.oid, b.typbasetype FROM meant JOIN pg_catalog.pg_type b ON b.oid = meant.typbasetype WHERE b.typtype = 'd')
  SELECT 'DOMAIN' AS kind, n.nspname::text AS schema, t.typname::text AS of, k.name, k.definition, k.comment, k.overloads
  FROM meant JOIN pg_catalog.pg_type t ON t.oid = meant.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  CROSS JOIN LATERAL (
    SELECT k.conname::text AS name, pg_get_constraintdef(k.oid) AS definition, obj_description(k.oid, 'pg_constraint') AS comment,
        ${overloads} AS overloads
      FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated
    UNION ALL SELECT (t.typname || '_not_null')::name::text, '${notNull}', NULL, '[]' WHERE t.typnotnull) k`

export interface DeferredChecks {
  /** Puts all the others of tables aside as well. @returns whether there are any */
  deferAll(): Promise<boolean>
  /** Puts those of a domain and its NOT NULL, and of the domains it is made of, aside as well; of all without one. @returns whether there are any */
  deferDomain(domain?: { schema: string; name: string }): Promise<boolean>
  /** Makes them again. Rows that no longer satisfy one, as at the origin, leave it not validated. */
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
  const checks: Check[] = []
  const aside = async (query: string, isMeant: (check: Check) => boolean) => {
    const found = (await session.rows(query, checkRow)).filter(
      (check) => !isManagedSchema(check.schema) && isMeant(check),
    )
    await session.run(found.map((check) => `ALTER ${subjectOf(check)} ${dropCheck(check)};\n`).join(''))
    checks.push(...found)
    return found.length > 0
  }
  const ofTables = async (condition: string) => {
    const inSelected = ({ schema }: Check) => schemas?.includes(schema) ?? true
    let any = false
    // What a child has of its own besides its parent's is its own alone once the parent's is gone.
    while (await aside(tableChecks(condition), inSelected)) any = true
    return any
  }
  await ofTables(callsFunctions)
  return {
    deferAll: () => ofTables('true'),
    deferDomain: (domain) => aside(domainChecks(domain), () => true),
    async restore() {
      await session.run(checks.map(addCheck).join(''))
      if (checks.length === 0) return []
      const present = await session.rows(notValid, nameRow)
      const invalid = new Set(present.map(({ name }) => name))
      const weakened = checks.map(weakeningOf).filter(({ name }) => invalid.has(name))
      const inherited = await session.rows(inheritedNotValid, inheritedRow)
      const own = new Set(weakened.map(({ name }) => name))
      return [...weakened, ...inherited.filter((each) => own.has(each.root)).map(inheritedWeakening)]
    },
  }
}

const nameRow = z.object({ name: z.string() })

/** Named as pg_dump names their entries. */
const notValid = `SELECT format('CHECK CONSTRAINT %s %s %s', n.nspname, coalesce(c.relname, t.typname), k.conname) AS name
  FROM pg_catalog.pg_constraint k
  LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
  WHERE k.contype = 'c' AND NOT k.convalidated`

const inheritedRow = z.object({ schema: z.string(), of: z.string(), name: z.string(), root: z.string() })

/** What partitions inherit. The dump makes these as tables of their own, whose definition has the check, too. */
const inheritedNotValid = `SELECT n.nspname::text AS schema, c.relname::text AS of, k.conname::text AS name,
    format('CHECK CONSTRAINT %s %s %s', rn.nspname, r.relname, k.conname) AS root
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN pg_catalog.pg_partition_ancestors(c.oid) a (oid)
  JOIN pg_catalog.pg_class r ON r.oid = a.oid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
  WHERE k.contype = 'c' AND NOT k.convalidated AND k.coninhcount > 0 AND c.relispartition AND r.oid <> c.oid`

function inheritedWeakening({ schema, of, name, root }: z.infer<typeof inheritedRow>): Weakening {
  return {
    kind: 'not-valid',
    name: `CHECK CONSTRAINT ${schema} ${of} ${name}`,
    reason: 'as that of the table it is a partition of',
    within: `TABLE ${schema} ${of}`,
    inheritedFrom: root,
  }
}

function subjectOf({ kind, schema, of }: Check): string {
  return `${kind} ${quoteName(schema, of)}`
}

function dropCheck({ definition, name }: Check): string {
  return definition === notNull ? 'DROP NOT NULL' : `DROP CONSTRAINT ${quoteName(name)}`
}

/** One that rows violate. */
function weakeningOf(check: Check): Weakening {
  const { kind, schema, of, name, definition } = check
  const subject = subjectOf(check)
  const isNotNull = definition === notNull
  return {
    kind: 'not-valid',
    name: `CHECK CONSTRAINT ${schema} ${of} ${name}`,
    reason: isNotNull
      ? 'rows hold nulls, or hold the domain within another type: a check in place of its NOT NULL'
      : 'rows violate it, or it fails on them',
    within: `${kind} ${schema} ${of}`,
    sql: isNotNull
      ? `ALTER ${subject} SET NOT NULL; ALTER ${subject} DROP CONSTRAINT ${quoteName(name)}`
      : `ALTER ${subject} VALIDATE CONSTRAINT ${quoteName(name)}`,
  }
}

/**
 * Where what it calls may be taken for another function of its name: it is made while these have other names, and validated when
 * they have not.
 */
function besideOverloads(check: Check, add: string, otherwise: string): string {
  const { overloads, name } = check
  if (overloads.length === 0) return otherwise
  const all = (which: 'away' | 'back') => overloads.map((each) => `${each[which]};`).join(' ')
  const validate = `ALTER ${subjectOf(check)} VALIDATE CONSTRAINT ${quoteName(name)}`
  return `BEGIN ${all('away')} ${add}; ${all('back')}
    BEGIN ${validate}; EXCEPTION WHEN OTHERS THEN NULL; END; EXCEPTION WHEN OTHERS THEN ${otherwise}; END`
}

/** Whatever validating it fails for, now or of one of its functions: it does at the origin, too. */
function addCheck(check: Check): string {
  const { name, definition, comment, kind } = check
  const subject = subjectOf(check)
  const add = (what: string) => `ALTER ${subject} ADD CONSTRAINT ${quoteName(name)} ${what}`
  // NOT NULL is always valid, but a check that says the same need not be.
  const isNotNull = definition === notNull
  const whole = isNotNull ? `ALTER ${subject} SET NOT NULL` : add(definition)
  const weak = add(isNotNull ? 'CHECK (VALUE IS NOT NULL)' : definition)
  const plainly = `BEGIN ${whole}; EXCEPTION WHEN OTHERS THEN ${weak} NOT VALID; END`
  const body = besideOverloads(check, `${weak} NOT VALID`, plainly)
  const on = kind === 'DOMAIN' ? subjectOf(check) : quoteName(check.schema, check.of)
  const described =
    comment === null ? '' : `COMMENT ON CONSTRAINT ${quoteName(name)} ON ${on} IS ${quoteText(comment)};\n`
  return `DO ${quoteText(body)};\n${described}`
}
