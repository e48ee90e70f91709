import { z } from 'zod'
import type { DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { literals } from '../facts/all.ts'
import { withSuperuser } from '../rules/privileged.ts'
import type { Target } from './target.ts'
import type { Weakening } from './weakened.ts'

const openRow = z.object({ name: z.string() })

/** SQL: those of some functions, `function schema.name(types)`, that everybody may execute. */
export function openToAll(functions: readonly string[]): string {
  return `SELECT f.name FROM (VALUES ${functions.map((name) => `(${literals([name])})`).join(', ')}) f (name)
    JOIN pg_catalog.pg_proc p ON p.oid = pg_catalog.to_regprocedure(substr(f.name, ${'function '.length + 1}))
    WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) x
      WHERE x.grantee = 0 AND x.privilege_type = 'EXECUTE')`
}

/** What one is named that is open where it was not: as a difference, after `grant`. */
export function openName(name: string): string {
  return `EXECUTE on ${name} to PUBLIC`
}

/**
 * Takes from everybody the functions of extensions that were closed at the origin. No dump holds this of an extension in a
 * schema of the platform, and nobody but a superuser may do it: to anybody else the server only gives a warning.
 * @param functions `function schema.name(types)`
 * @returns those that stay open
 */
export async function closeFunctions(
  session: PsqlSession,
  functions: readonly string[],
  { target, superuser }: { target: Target; superuser: DatabaseConnection | undefined },
): Promise<Weakening[]> {
  if (functions.length === 0) return []
  const open = () => session.rows(openToAll(functions), openRow)
  const statements = (await open()).map(({ name }) => `REVOKE EXECUTE ON ${name} FROM PUBLIC;\n`)
  if (statements.length === 0) return []
  const work = () => session.run(statements.join(''))
  await (superuser ? withSuperuser(superuser, session, target.user, work) : work())
  return (await open()).map(({ name }) => ({
    kind: 'refused',
    name: `grant ${openName(name)}`,
    reason: 'only a superuser may take it from everybody',
    sql: `REVOKE EXECUTE ON ${name} FROM PUBLIC`,
  }))
}
