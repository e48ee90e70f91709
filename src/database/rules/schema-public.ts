import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { quoteName } from '../sql/statements.ts'
import type { ContentsEntry } from './contents.ts'
import { isReservedRole } from './platform.ts'

/** Who owns schema public in a new database; pg_dump has no entry for the schema then. */
const usualOwner = 'pg_database_owner'

/** Who gets what belonged to a platform role. */
export const adopter = 'postgres'

/**
 * Who is to own schema public, by the entries of a dump. Projects whose migrations dropped and made it anew have it owned
 * by `postgres`; to a platform role nobody but a superuser can give it.
 */
export function ownerOfPublic(entries: readonly ContentsEntry[]): string {
  const owner = entries.find(isPublic)?.owner ?? usualOwner
  return isAdopted(owner) ? adopter : owner
}

function isPublic({ desc, tag }: ContentsEntry): boolean {
  return desc === 'SCHEMA' && tag === 'public'
}

/** Whether what this role owns of schema public goes to another one. */
export function isAdopted(owner: string): boolean {
  return isReservedRole(owner) && owner !== usualOwner && owner !== adopter
}

/** Whether schema public belonged to a platform role, and goes to another. */
export function isPublicAdopted(entries: readonly ContentsEntry[]): boolean {
  return entries.some((entry) => isPublic(entry) && isAdopted(entry.owner))
}

/** Gives schema public to its owner. The session's role owns it, or is a member of who does, and may act as the new one. */
export async function givePublic(session: PsqlSession, owner: string): Promise<void> {
  const [now] = await session.rows(
    `SELECT pg_get_userbyid(nspowner)::text AS owner FROM pg_catalog.pg_namespace WHERE nspname = 'public'`,
    z.object({ owner: z.string() }),
  )
  if (now === undefined || now.owner === owner) return
  await session.run(`ALTER SCHEMA public OWNER TO ${quoteName(owner)};\n`)
}
