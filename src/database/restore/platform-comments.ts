import { z } from 'zod'
import type { DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { type PlatformComment, platformComments } from '../facts/all.ts'
import { withSuperuser } from '../rules/privileged.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import { type FallibleStatement, runIgnoringPrivilegeErrors } from './ignore-privilege-error.ts'
import type { Target } from './target.ts'
import type { Weakening } from './weakened.ts'

const nameRow = z.object({ name: z.string() })

/** What is commented on, as `EXTENSION citext`. */
export function commentedName({ kind, name }: Pick<PlatformComment, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}

/**
 * Makes the comments on extensions and on schemas of the platform those recorded; what has one of its own at the target
 * alone gets back the one it comes with.
 * @param superuser of a sandbox, where postgres may not comment on extensions
 * @returns what the target refused
 */
export async function restorePlatformComments(
  session: PsqlSession,
  recorded: readonly PlatformComment[] | null,
  target: Pick<Target, 'server' | 'user'>,
  superuser: DatabaseConnection | undefined,
): Promise<Weakening[]> {
  if (recorded === null) return []
  const present = await session.rows(platformComments.sql(target.server) ?? '', platformComments.row)
  const there = new Set(
    (
      await session.rows(
        `SELECT 'EXTENSION ' || extname AS name FROM pg_catalog.pg_extension
          UNION ALL SELECT 'SCHEMA ' || nspname FROM pg_catalog.pg_namespace`,
        nameRow,
      )
    ).map(({ name }) => name),
  )
  const [wanted, now] = [byName(recorded), byName(present)]
  const attempts = [
    ...recorded
      .filter(
        (each) => now.get(commentedName(each))?.comment !== each.comment || !now.has(commentedName(each)),
      )
      .map((each) => commentOn(each, each.comment)),
    ...present
      .filter((each) => !wanted.has(commentedName(each)))
      .map((each) => commentOn(each, each.standard)),
  ].filter(({ name }) => there.has(name.slice('comment '.length)))
  if (attempts.length === 0) return []
  const work = () => runIgnoringPrivilegeErrors(session, attempts)
  const refused = await (superuser ? withSuperuser(superuser, session, target.user, work) : work())
  return refused.map((refusal) => ({ kind: 'refused', ...refusal }))
}

function byName(comments: readonly PlatformComment[]): ReadonlyMap<string, PlatformComment> {
  return new Map(comments.map((each) => [commentedName(each), each]))
}

function commentOn({ kind, name }: PlatformComment, comment: string | null): FallibleStatement {
  const text = comment === null ? 'NULL' : quoteText(comment)
  return { name: `comment ${kind} ${name}`, sql: `COMMENT ON ${kind} ${quoteName(name)} IS ${text}` }
}
