import type { GrantStmt } from 'libpg-query'
import type { PsqlSession } from '../connect/psql.ts'
import type { Contents, ContentsEntry } from '../rules/contents.ts'
import { parseStatements, quoteName } from '../sql/statements.ts'
import type { Target } from './target.ts'

/** The first major with the privilege MAINTAIN, which the owner of a table has by default. */
const firstMajor = 17

/**
 * Takes MAINTAIN from owners who on a source without that privilege had given up some of theirs: a dump of it revokes the
 * others one by one, and this one would stay.
 * @param entries those that were restored
 */
export async function revokeMaintain(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
  from: Pick<Contents, 'serverVersion'>,
  { server }: Pick<Target, 'server'>,
): Promise<void> {
  const isNew = Number.parseInt(from.serverVersion, 10) < firstMajor && server.version >= firstMajor * 10_000
  if (!isNew) return
  const statements: string[] = []
  for (const entry of entries)
    if ((entry.desc === 'ACL' || entry.desc === 'DEFAULT ACL') && entry.defn.includes('REVOKE'))
      statements.push(...(await revocations(entry)))
  if (statements.length > 0) await session.run(statements.map((statement) => `${statement};\n`).join(''))
}

/** One for each statement that takes something of a table from its owner. */
async function revocations({ defn, owner }: ContentsEntry): Promise<string[]> {
  const statements = await parseStatements(defn, 'database/restore')
  const from = `FROM ${quoteName(owner)}`
  return statements.flatMap(({ node }) => {
    if ('AlterDefaultPrivilegesStmt' in node) {
      const { action, options = [] } = node.AlterDefaultPrivilegesStmt
      const global = options.every((option) => !('DefElem' in option && option.DefElem.defname === 'schemas'))
      if (action === undefined || !global || !takesFrom(owner, action)) return []
      return `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteName(owner)} REVOKE MAINTAIN ON TABLES ${from}`
    }
    if (!('GrantStmt' in node) || !takesFrom(owner, node.GrantStmt)) return []
    return (node.GrantStmt.objects ?? []).flatMap((object) =>
      'RangeVar' in object
        ? `REVOKE MAINTAIN ON TABLE ${quoteName(object.RangeVar.schemaname ?? '', object.RangeVar.relname ?? '')} ${from}`
        : [],
    )
  })
}

/** Whether a statement revokes rights on whole tables from a role. */
function takesFrom(role: string, { is_grant, objtype, grantees = [], privileges = [] }: GrantStmt): boolean {
  const ofColumns = privileges.some((each) => 'AccessPriv' in each && each.AccessPriv.cols !== undefined)
  const named = grantees.some((grantee) => 'RoleSpec' in grantee && grantee.RoleSpec.rolename === role)
  return is_grant !== true && objtype === 'OBJECT_TABLE' && named && !ofColumns
}
