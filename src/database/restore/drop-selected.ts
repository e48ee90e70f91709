import type { PsqlSession } from '../connect/psql.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { relationTypes, type Selection } from '../rules/selection.ts'
import { quoteName } from '../sql/statements.ts'
import { wipePublic } from './wipe.ts'

/**
 * Drops the selected schemas and tables of a target. Nothing outside of the selection goes with them: what hangs on it
 * has been refused or taken off before, and the server refuses to drop a table that something depends on.
 * @param replaced the target's entries of the selection
 * @returns how many objects were dropped by name
 */
export async function dropSelected(
  session: PsqlSession,
  selection: Selection,
  replaced: ReadonlySet<ContentsEntry>,
): Promise<number> {
  const schemas = [...replaced].filter(({ desc }) => desc === 'SCHEMA').map(({ tag }) => tag)
  await session.run(schemas.map((schema) => `DROP SCHEMA ${quoteName(schema)} CASCADE;\n`).join(''))
  const isPublic = selection.schemas.includes('public')
  const inPublic = isPublic ? await wipePublic(session) : 0
  const others = [...replaced].filter(
    ({ desc, namespace }) => relationTypes.includes(desc) && !selection.schemas.includes(namespace),
  )
  for (const type of ['MATERIALIZED VIEW', 'VIEW', 'FOREIGN TABLE', 'TABLE']) {
    const names = others
      .filter(({ desc }) => desc === type)
      .map(({ namespace, tag }) => quoteName(namespace, tag))
    if (names.length > 0) await session.run(`DROP ${type} ${names.join(', ')};\n`)
  }
  return schemas.length + inPublic + others.length
}
