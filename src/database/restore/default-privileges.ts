import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { isManagedSchema, isReservedRole } from '../rules/platform.ts'
import type { Loan } from './ownership.ts'

/**
 * SQL: statements that take default privileges away. Of those in a schema nothing remains; the global ones return to what
 * PostgreSQL has built in.
 * @param condition SQL on `pg_default_acl` with its schema `n`, null for the global ones
 */
export function clearDefaultPrivileges(condition: string): string {
  const objects = `CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
    WHEN 'T' THEN 'TYPES' WHEN 'L' THEN 'LARGE OBJECTS' ELSE 'SCHEMAS' END`
  const grantee = `CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END`
  const alter = `format('ALTER DEFAULT PRIVILEGES FOR ROLE %I ', pg_get_userbyid(defaclrole))
    || coalesce('IN SCHEMA ' || quote_ident(nspname) || ' ', '')`
  const rows = 'pg_catalog.pg_default_acl LEFT JOIN pg_catalog.pg_namespace n ON n.oid = defaclnamespace'
  return `SELECT statement FROM (
      SELECT 1 AS step, ${alter} || format('REVOKE ALL ON %s FROM %s', ${objects}, ${grantee}) AS statement
      FROM ${rows}, LATERAL (SELECT DISTINCT grantee FROM aclexplode(defaclacl)) g
      WHERE ${condition}
      UNION ALL
      SELECT 2, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %s',
        pg_get_userbyid(defaclrole), privilege_type, ${objects}, ${grantee})
      FROM ${rows}, LATERAL aclexplode(acldefault(
        CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole))
      WHERE (${condition}) AND defaclnamespace = 0
    ) s ORDER BY step`
}

const statementRow = z.object({ statement: z.string() })

/**
 * Takes away what the session's role grants on all it makes: a dump says of privileges only where they are not what
 * PostgreSQL has built in, so that an object made with others would keep them.
 * @param entries the target's own table of contents, which says how to grant them again
 * @param replaced of these, the ones that shall not come back
 */
export async function suspendDefaultPrivileges(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
  { replaced, user }: { replaced: ReadonlySet<ContentsEntry>; user: string },
): Promise<Loan> {
  const own = entries.filter(
    (entry) => entry.desc === 'DEFAULT ACL' && entry.owner === user && !isManagedSchema(entry.namespace),
  )
  const oids = new Set([...own, ...[...replaced].filter(isOfPublic)])
  if (oids.size === 0) return { giveBack: async () => {} }
  const clear = clearDefaultPrivileges(
    `pg_default_acl.oid IN (${[...oids].map(({ catalog }) => catalog.oid).join(', ')})`,
  )
  const statements = await session.rows(clear, statementRow)
  await session.run(statements.map(({ statement }) => `${statement};\n`).join(''))
  // Those of a platform's role in schema public are not the backup's to replace, and stay with the schema.
  const after = own.filter(
    (entry) => !replaced.has(entry) || (entry.namespace === 'public' && !isOfPublic(entry)),
  )
  return { giveBack: () => session.run(after.map(({ defn }) => defn).join('\n')) }
}

/** Of a schema that is dropped they are gone with it, but schema public stays. Those of a platform role are not ours. */
function isOfPublic({ desc, namespace, owner }: ContentsEntry): boolean {
  return desc === 'DEFAULT ACL' && namespace === 'public' && (owner === 'postgres' || !isReservedRole(owner))
}
