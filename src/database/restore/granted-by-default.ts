import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { literals } from '../facts/all.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { isManagedSchema, isReservedRole } from '../rules/platform.ts'
import { argumentTypes } from './overloads.ts'
import type { Target } from './target.ts'

/** What has privileges: its kind as GRANT names it, and as `acldefault` does; its name; what it has; its owner and schema. */
const objects = `
  SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END AS type,
    format('%I.%I', nspname, relname) AS name, relacl AS acl, relowner AS owner, nspname AS schema,
    'pg_class'::regclass AS catalog, c.oid
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT 'ROUTINE', 'f', format('%I.%I(%s)', nspname, proname, ${argumentTypes}), proacl, proowner,
    nspname, 'pg_proc'::regclass, p.oid
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
  UNION ALL
  SELECT 'TYPE', 'T', format('%I.%I', nspname, typname), typacl, typowner, nspname, 'pg_type'::regclass, t.oid
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace
  WHERE typtype <> 'm' AND typelem = 0 AND (typrelid = 0 OR (SELECT relkind FROM pg_catalog.pg_class WHERE oid = typrelid) = 'c')
  UNION ALL
  SELECT 'SCHEMA', 'n', quote_ident(nspname), nspacl, nspowner, nspname, 'pg_namespace'::regclass, oid
  FROM pg_catalog.pg_namespace WHERE nspname <> 'public'`

const statementRow = z.object({ statement: z.string() })

/**
 * Gives what was just made the privileges that PostgreSQL has built in, whatever the session's role grants by default on all it makes:
 * a dump tells privileges as differences from these. The defaults of the user's roles are gone by now; those of a superuser of the
 * platform, as whom a self-hosted stack is restored, are not the backup's to take.
 * Not of what belongs to an extension or comes with a type: no dump tells it.
 * @param entries those that were restored
 */
export async function takeBackDefaultGrants(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
  { user }: Pick<Target, 'user'>,
): Promise<void> {
  if (user === 'postgres' || !isReservedRole(user)) return
  const named = entries.flatMap(({ desc, namespace, tag }) => (desc === 'SCHEMA' ? tag : namespace))
  const schemas = [...new Set(named)].filter((name) => name !== '' && !isManagedSchema(name))
  if (schemas.length === 0) return
  const grantee = `CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END`
  const builtIn = 'aclexplode(acldefault(type::"char", owner))'
  const statements = await session.rows(
    `WITH made AS (
       SELECT * FROM (${objects}) o WHERE acl IS NOT NULL AND schema IN (${literals(schemas)})
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = catalog AND objid = o.oid AND (deptype = 'e' OR deptype = 'i' AND catalog = 'pg_proc'::regclass)))
     SELECT statement FROM (
       SELECT 1 AS step, format('REVOKE %s ON %s %s FROM %s', privilege_type, kind, name, ${grantee}) AS statement
       FROM made, LATERAL (SELECT grantee, privilege_type FROM aclexplode(acl)
         EXCEPT SELECT grantee, privilege_type FROM ${builtIn}) more
       UNION ALL
       SELECT 2, format('GRANT %s ON %s %s TO %s', privilege_type, kind, name, ${grantee})
       FROM made, LATERAL (SELECT grantee, privilege_type FROM ${builtIn}
         EXCEPT SELECT grantee, privilege_type FROM aclexplode(acl)) less
     ) s ORDER BY step`,
    statementRow,
  )
  if (statements.length > 0) await session.run(statements.map(({ statement }) => `${statement};\n`).join(''))
}
