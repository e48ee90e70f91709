import { quoteName } from '../sql/statements.ts'
import { sessionSettings } from './connection.ts'
import type { PsqlSession } from './psql.ts'

/** Ends what set another one; pg_restore does. */
export const ownSearchPath = `SET search_path = ${sessionSettings['search_path']};\n`

/** What a hosted project gives role postgres. */
const platformPath = '"$user", public, extensions'

const catalog = 'pg_catalog'
const temporary = 'pg_temp'

/** The schemas in which the origin looks up names that stand unqualified in a function of the user's. */
export interface SearchPath {
  /**
   * Statement of a dump's definitions: pg_dump writes names of pg_catalog, and those alone, unqualified, so that these
   * are looked up there first wherever the origin has pg_catalog in its path.
   */
  definitions: string
  /** Statement for what calls functions without a definition of ours around them: loading rows, planning queries. */
  calls: string
}

/** A setting of a role, in one database or in all; of the database itself where it has no role. */
interface RecordedSetting {
  role: string | null
  database: string | null
  name: string
  value: string
}

/**
 * The search_path the origin's sessions had: the one of the session that made the backup, then what else of it the
 * database and the roles that own something have been given. Appending a schema changes nothing about a name that is
 * found before it. A backup of an older toolkit recorded the settings alone.
 * @param owners of the entries of the dump
 */
export function searchPathOf(
  recorded: { searchPath: string | null; settings: readonly RecordedSetting[] },
  owners: ReadonlySet<string>,
): SearchPath {
  const paths = recorded.settings.filter(({ name }) => name.toLowerCase() === 'search_path')
  const ofDatabase = paths.filter(({ role }) => role === null).map(({ value }) => value)
  const ofRole = (wanted: string) =>
    // A setting in one database is worth more than one in all.
    paths
      .filter(({ role }) => role === wanted)
      .toSorted((a, b) => Number(a.database === null) - Number(b.database === null))
      .map(({ value }) => value)
  const session = recorded.searchPath ?? ofRole('postgres')[0] ?? ofDatabase[0] ?? platformPath
  const own = namesIn(session)
  // Every hosted project's postgres has this one, whatever the user wanted for the database.
  const isPlatforms = own.join() === namesIn(platformPath).join()
  const first = isPlatforms
    ? [...ofDatabase.flatMap(namesIn), ...own]
    : [...own, ...ofDatabase.flatMap(namesIn)]
  const others = [...owners].toSorted().flatMap((owner) => ofRole(owner).flatMap(namesIn))
  const schemas = [...new Set([...first, ...others, ...namesIn(platformPath)])].filter(
    (schema) => schema !== temporary && schema !== '',
  )
  const set = (names: readonly string[]) =>
    `SET search_path = ${names.map((name) => quoteName(name)).join(', ')};`
  return {
    definitions: set([catalog, ...schemas.filter((schema) => schema !== catalog)]),
    calls: set(schemas),
  }
}

/** The same with one more schema, last. */
export function withSchema({ definitions, calls }: SearchPath, schema: string): SearchPath {
  const append = (statement: string) => statement.replace(/;$/, `, ${quoteName(schema)};`)
  return { definitions: append(definitions), calls: append(calls) }
}

/** The names in the value of a search_path: quoted, or else in lower case, as the server reads them. */
export function namesIn(value: string): string[] {
  return [...value.matchAll(/"((?:[^"]|"")*)"|([^",\s]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').toLowerCase() : quoted.replaceAll('""', '"'),
  )
}

/** Does some work with names looked up as at the origin; our own statements are for pg_catalog's alone. */
export async function withSearchPath<Result>(
  session: PsqlSession,
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await session.run(`${path}\n`)
  const result = await work()
  await session.run(ownSearchPath)
  return result
}
