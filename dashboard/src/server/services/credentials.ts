import { join } from 'node:path'
import { and, asc, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Sealer } from '../crypto/seal.ts'
import { credentialPlace } from '../crypto/sealed-fields.ts'
import type { Database } from '../db/open.ts'
import { credentials, projects } from '../db/schema/index.ts'
import { notFound, Problem } from '../problem.ts'
import { surroundingsAsChanges, surroundingsOf } from '../surroundings.ts'
import { type Environment, parseSecrets, secretNames } from '../toolkit.ts'

const mostBytes = 8192
const program = join(import.meta.dirname, '../../../dashboard.sh')

/** The variables whose values the dashboard keeps: those that the toolkit never shows. */
export const credentialNameSchema = z
  .string()
  .refine((name) => secretNames.some((known) => known === name), 'is no secret of the toolkit')

export const credentialValueSchema = z.string().trim().min(1, 'is empty').max(mostBytes)

/** Of a secret all that is ever told. */
interface CredentialSet {
  name: string
  /** ISO 8601. */
  setAt: string
  /** Who set it, as people know them. */
  setBy: string
}

/** Secrets of projects, kept sealed: they are set and cleared, and leave it only into what is run. */
export function credentialsOf(parts: {
  database: Database
  sealer: Sealer
  environment: Environment
  /** The dashboard's. */
  directory: string
  /** A project's secrets are not what they were. */
  changed: (projectId: string) => void
}) {
  const { database, sealer, environment, directory, changed } = parts
  const unsealed = (projectId: string): Record<string, string> =>
    Object.fromEntries(
      database
        .select()
        .from(credentials)
        .where(eq(credentials.projectId, projectId))
        .all()
        .map(({ name, sealed }) => [name, sealer.open(sealed, credentialPlace(projectId, name))]),
    )

  return {
    list: (projectId: string): CredentialSet[] =>
      database
        .select({ name: credentials.name, setAt: credentials.setAt, setBy: credentials.setBy })
        .from(credentials)
        .where(eq(credentials.projectId, projectId))
        .orderBy(asc(credentials.name))
        .all()
        .map(({ setAt, ...rest }) => ({ ...rest, setAt: setAt.toISOString() })),

    knows: (projectId: string): boolean =>
      database.select({ id: projects.id }).from(projects).where(eq(projects.id, projectId)).get() !==
      undefined,

    /** When one was set, ISO 8601; null where it is not. */
    setAt: (projectId: string, name: string): string | null =>
      database
        .select({ setAt: credentials.setAt })
        .from(credentials)
        .where(and(eq(credentials.projectId, projectId), eq(credentials.name, name)))
        .get()
        ?.setAt.toISOString() ?? null,

    /** @throws Problem CREDENTIAL_UNFIT, KEY_MISSING */
    set(projectId: string, secret: { name: string; value: string }, by: string, now = new Date()): void {
      const { name, value } = secret
      assignment(name, value)
      const row = { sealed: sealer.seal(value, credentialPlace(projectId, name)), setAt: now, setBy: by }
      database
        .insert(credentials)
        .values({ projectId, name, ...row })
        .onConflictDoUpdate({ target: [credentials.projectId, credentials.name], set: row })
        .run()
      changed(projectId)
    },

    /** @throws Problem NOT_FOUND */
    clear(projectId: string, name: string): void {
      const { changes } = database
        .delete(credentials)
        .where(and(eq(credentials.projectId, projectId), eq(credentials.name, name)))
        .run()
      if (changes === 0) throw notFound('secret')
      changed(projectId)
    },

    /** What a project is read with: what a script needs of its surroundings, and its secrets. @throws Problem SEAL_BROKEN, KEY_MISSING */
    environmentOf: (projectId: string): Environment => ({
      ...surroundingsOf(environment),
      ...unsealed(projectId),
    }),

    /** The same as changes to the dashboard's own environment, for the library that starts runs. */
    changesFor: (projectId: string): Environment => ({
      ...surroundingsAsChanges(environment),
      ...unsealed(projectId),
    }),

    /** The SECRETS_COMMAND of a project's env file. */
    command: (projectId: string): string =>
      [program, 'secrets', '--project', projectId, '--directory', directory].map(quoted).join(' '),

    /** `NAME='value'` lines, as SECRETS_COMMAND prints them. */
    lines: (projectId: string): string =>
      Object.entries(unsealed(projectId))
        .map(([name, value]) => `${assignment(name, value)}\n`)
        .join(''),
  }
}

/** As the toolkit reads it back, which has no way to write every text. */
function assignment(name: string, value: string): string {
  const found = [`'${value}'`, `"${value}"`, value]
    .map((written) => `${name}=${written}`)
    .find((line) => !/[\p{Cc}]/u.test(value) && readsAs(line, name, value))
  if (found !== undefined) return found
  throw new Problem({
    status: 400,
    code: 'CREDENTIAL_UNFIT',
    message: `The value for ${name} has a line break, or quotes of both kinds with blanks, which no configuration can hold.`,
    suggestion:
      'Check that nothing was copied with it; in an address such characters are written percent-encoded.',
  })
}

function readsAs(line: string, name: string, value: string): boolean {
  try {
    return parseSecrets(line)[name] === value
  } catch {
    return false
  }
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
