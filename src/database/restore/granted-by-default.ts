import { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
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
  const schemas = schemasMade(entries)
  if (!isPlatformSuperuser(user) || schemas.length === 0) return
  const grantee = `CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END`
  const builtIn = 'aclexplode(acldefault(type::"char", owner))'
  await runWhatIsSaid(
    session,
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
  )
}

/** Whether it is a role of the platform that may do what `postgres` may not, as whom a self-hosted stack can be restored. */
function isPlatformSuperuser(user: string): boolean {
  return user !== 'postgres' && isReservedRole(user)
}

/** Runs the statements that a query says, one a row. */
async function runWhatIsSaid(session: PsqlSession, sql: string): Promise<void> {
  const statements = await session.rows(sql, statementRow)
  if (statements.length > 0) await session.run(statements.map(({ statement }) => `${statement};\n`).join(''))
}

function schemasMade(entries: readonly ContentsEntry[]): string[] {
  const named = entries.flatMap(({ desc, namespace, tag }) => (desc === 'SCHEMA' ? tag : namespace))
  return [...new Set(named)].filter((name) => name !== '' && !isManagedSchema(name))
}

/**
 * Gives the multirange of a range type the range's owner, where a superuser of the platform made them: up to PostgreSQL 15 it
 * does not come with the range's.
 */
export async function ownMultiranges(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
  { user }: Pick<Target, 'user'>,
): Promise<void> {
  const schemas = schemasMade(entries)
  if (!isPlatformSuperuser(user) || schemas.length === 0) return
  const sql = `SELECT format('ALTER TYPE %I.%I OWNER TO %I', n.nspname, m.typname, pg_get_userbyid(t.typowner)) AS statement
    FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid JOIN pg_catalog.pg_type m ON m.oid = r.rngmultitypid
    JOIN pg_catalog.pg_namespace n ON n.oid = m.typnamespace
    WHERE m.typowner <> t.typowner AND n.nspname IN (${literals(schemas)})
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')`
  await runWhatIsSaid(session, sql)
}

const extensionRow = z.object({ name: z.string(), owner: z.string() })

/**
 * Names the extensions whose functions not everybody may call, since who made them gives nobody that right by default: no dump
 * tells what these functions had on the source, and there it is everybody's as a rule.
 * @param made entries of the extensions that were made
 * @param entries all of the dump, which tells of the roles of the source that gave it as little
 */
export async function closedExtensionFindings(
  session: PsqlSession,
  made: readonly ContentsEntry[],
  entries: readonly ContentsEntry[],
): Promise<Finding[]> {
  if (made.length === 0) return []
  const open = (acl: string) => `EXISTS (SELECT FROM aclexplode(${acl}) WHERE grantee = 0)`
  const closed = await session.rows(
    `SELECT DISTINCT e.extname::text AS name, pg_get_userbyid(p.proowner)::text AS owner
     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
     JOIN pg_catalog.pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
     JOIN pg_catalog.pg_default_acl a ON a.defaclrole = p.proowner AND a.defaclobjtype = 'f' AND a.defaclnamespace = 0
     WHERE e.extname IN (${literals(made.map(({ tag }) => tag))}) AND p.proacl IS NOT NULL AND NOT ${open('p.proacl')} AND NOT ${open('a.defaclacl')}
     ORDER BY 1, 2`,
    extensionRow,
  )
  const closers = new Set(entries.filter(closesFunctions).map(({ owner }) => owner))
  const names = closed
    .filter(({ owner }) => !closers.has(owner))
    .map(({ name, owner }) => `${name} (made by ${owner})`)
  if (names.length === 0) return []
  const message =
    'Functions of these extensions may not be called by everybody, as they may on a new project: the role that made them at the target takes that right from all that it makes (ALTER DEFAULT PRIVILEGES). Grant EXECUTE to those who shall call them.'
  return [finding({ component: 'database', severity: 'degraded', kind: 'extension-closed', message, names })]
}

function closesFunctions({ desc, namespace, defn }: ContentsEntry): boolean {
  return desc === 'DEFAULT ACL' && namespace === '' && /\sREVOKE ALL ON FUNCTIONS\s+FROM PUBLIC;/.test(defn)
}
