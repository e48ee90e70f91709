import { join } from 'node:path'
import { and, asc, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Sealer } from '../crypto/seal.ts'
import { credentialPlace } from '../crypto/sealed-fields.ts'
import type { Database } from '../db/open.ts'
import { credentials, formerCredentials, projects } from '../db/schema/index.ts'
import { notFound, Problem } from '../problem.ts'
import { surroundingsAsChanges, surroundingsOf } from '../surroundings.ts'
import { type Environment, parseSecrets, secretNames } from '../toolkit.ts'
import type { Removed } from './removed.ts'

const mostBytes = 8192
const program = join(import.meta.dirname, '../../../dashboard.sh')

/** The variables whose values the dashboard keeps: those that the toolkit never shows. */
export const credentialNameSchema = z
  .string()
  .refine((name) => secretNames.some((known) => known === name), 'is no secret of the toolkit')

/** What archives are read with: where it is replaced or taken away, they may still need it, and it is kept. */
const archivesNeed: readonly string[] = ['BORG_PASSPHRASE']

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
  removed: Removed
  /** The dashboard's. */
  directory: string
  /** A project's secrets are not what they were. */
  changed: (projectId: string) => void
}) {
  const { database, sealer, environment, removed, directory, changed } = parts
  const isProject = (id: string) =>
    database.select({ id: projects.id }).from(projects).where(eq(projects.id, id)).get() !== undefined
  const rowOf = (projectId: string, name: string) => {
    const isThis = and(eq(credentials.projectId, projectId), eq(credentials.name, name))
    return database.select().from(credentials).where(isThis).get()
  }
  const open = (projectId: string, { name, sealed }: { name: string; sealed: string }) =>
    sealer.open(sealed, credentialPlace(projectId, name))
  const unsealed = (projectId: string): Record<string, string> => {
    const rows = isProject(projectId)
      ? database.select().from(credentials).where(eq(credentials.projectId, projectId)).all()
      : removed.secretsOf(projectId)
    return Object.fromEntries(rows.map((row) => [row.name, open(projectId, row)]))
  }

  /** Keeps one that is no more used, where archives may need it. @param next what takes its place, if anything */
  const keepFormer = (projectId: string, name: string, next?: string): void => {
    const row = rowOf(projectId, name)
    if (row === undefined || !archivesNeed.includes(name) || isSame(row.sealed, projectId, name, next)) return
    database
      .insert(formerCredentials)
      .values({ ...row, keptAt: new Date() })
      .run()
  }
  const isSame = (sealed: string, projectId: string, name: string, value: string | undefined) => {
    try {
      return open(projectId, { name, sealed }) === value
    } catch (error) {
      // One that cannot be opened now may be with a key that comes back.
      if (error instanceof Problem) return false
      throw error
    }
  }

  return {
    list: (projectId: string): CredentialSet[] =>
      database
        .select({ name: credentials.name, setAt: credentials.setAt, setBy: credentials.setBy })
        .from(credentials)
        .where(eq(credentials.projectId, projectId))
        .orderBy(asc(credentials.name))
        .all()
        .map(({ setAt, ...rest }) => ({ ...rest, setAt: setAt.toISOString() })),

    /** Also one that was removed: its archives are still read with its secrets. */
    knows: (projectId: string): boolean => isProject(projectId) || removed.has(projectId),

    /** When one was set, ISO 8601; null where it is not. */
    setAt: (projectId: string, name: string): string | null =>
      rowOf(projectId, name)?.setAt.toISOString() ?? null,

    /** @throws Problem CREDENTIAL_UNFIT, KEY_MISSING */
    set(projectId: string, secret: { name: string; value: string }, by: string, now = new Date()): void {
      const { name, value } = secret
      requireFit(name, value)
      const row = { sealed: sealer.seal(value, credentialPlace(projectId, name)), setAt: now, setBy: by }
      database.transaction(() => {
        keepFormer(projectId, name, value)
        database
          .insert(credentials)
          .values({ projectId, name, ...row })
          .onConflictDoUpdate({ target: [credentials.projectId, credentials.name], set: row })
          .run()
      })
      changed(projectId)
    },

    /** @throws Problem NOT_FOUND */
    clear(projectId: string, name: string): void {
      if (rowOf(projectId, name) === undefined) throw notFound('secret')
      database.transaction(() => {
        keepFormer(projectId, name)
        database
          .delete(credentials)
          .where(and(eq(credentials.projectId, projectId), eq(credentials.name, name)))
          .run()
      })
      changed(projectId)
    },

    /** Keeps, sealed, what an env file is about to lose, where archives may need it. @throws Problem KEY_MISSING */
    keep(projectId: string, { name, value }: { name: string; value: string }, by: string): void {
      if (!archivesNeed.includes(name)) return
      const now = new Date()
      const sealed = sealer.seal(value, credentialPlace(projectId, name))
      database
        .insert(formerCredentials)
        .values({ projectId, name, sealed, setAt: now, setBy: by, keptAt: now })
        .run()
    },

    /** How many there are that are no more used, and kept. */
    countFormer: (projectId: string): number =>
      database
        .select({ id: formerCredentials.id })
        .from(formerCredentials)
        .where(eq(formerCredentials.projectId, projectId))
        .all().length,

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

    /** The same of those that are no more used, the last first, each with until when it was. */
    formerLines: (projectId: string): string =>
      database
        .select()
        .from(formerCredentials)
        .where(eq(formerCredentials.projectId, projectId))
        .orderBy(desc(formerCredentials.id))
        .all()
        .map(
          (row) =>
            `# used until ${row.keptAt.toISOString()}\n${assignment(row.name, open(projectId, row))}\n`,
        )
        .join(''),
  }
}

/** What is wrong with a value, completing its name; undefined where nothing is. */
export function credentialProblem(name: string, value: string): string | undefined {
  if (value.length > mostBytes) return `has more than ${mostBytes} characters`
  return assignment(name, value) === undefined
    ? 'has a line break, or quotes of both kinds with blanks, which no configuration can hold'
    : undefined
}

function requireFit(name: string, value: string): void {
  const problem = credentialProblem(name, value)
  if (problem === undefined) return
  throw new Problem({
    status: 400,
    code: 'CREDENTIAL_UNFIT',
    message: `The value for ${name} ${problem}.`,
    suggestion:
      'Check that nothing was copied with it; in an address such characters are written percent-encoded.',
  })
}

/** As the toolkit reads it back; undefined of a text that there is no way to write. */
function assignment(name: string, value: string): string | undefined {
  return [`'${value}'`, `"${value}"`, value]
    .map((written) => `${name}=${written}`)
    .find((line) => !/[\p{Cc}]/u.test(value) && readsAs(line, name, value))
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
