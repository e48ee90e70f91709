import type { PsqlSession } from '../connect/psql.ts'
import { quoteName } from '../sql/statements.ts'
import type { Target } from './target.ts'

/** The name the target's own schema has while another one of its name is restored; gone before the COMMIT. */
export const asideName = 'supabase_backup_aside'

/**
 * Lets a schema be restored beside the target's own: that one is renamed for the time of the transaction, and the restored
 * one at its end. Everything keeps what it is made of, and no statement of the dump has to be rewritten; only the texts
 * of functions go on naming the schema they were written for.
 */
export async function renameAside(
  session: PsqlSession,
  names: { schema: string; intoSchema: string },
  target: Target,
): Promise<{ putBack(): Promise<void> }> {
  const [own, aside, beside] = [names.schema, asideName, names.intoSchema].map((name) => quoteName(name))
  const exists = target.schemas.has(names.schema)
  if (exists) await session.run(`ALTER SCHEMA ${own} RENAME TO ${aside};\n`)
  await session.run(`CREATE SCHEMA ${own};\n`)
  return {
    async putBack() {
      await session.run(`ALTER SCHEMA ${own} RENAME TO ${beside};\n`)
      if (exists) await session.run(`ALTER SCHEMA ${aside} RENAME TO ${own};\n`)
    },
  }
}
