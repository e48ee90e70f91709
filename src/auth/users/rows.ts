import { join } from 'node:path'
import { BackupError } from '../../common/errors.ts'
import { readCopyRows } from '../../database/export/copy-text.ts'
import { readCopyTarget } from '../../database/restore/load-rows.ts'
import { type Contents, readContents } from '../../database/rules/contents.ts'
import { metadataObject, momentOf, type User } from './user.ts'

type Row = ReadonlyMap<string, string | null>

const jsonSchema = metadataObject.catch({})

/**
 * The users among the rows of a backup of the database, with their password hashes.
 * @throws BackupError AUTH_ROWS_MISSING where the backup has no rows of auth.users
 */
export async function* readUserRows(generation: string): AsyncGenerator<User> {
  const dump = join(generation, 'database', 'dump')
  const contents = await readContents(dump)
  const providers = await namesByUser(dump, contents, 'identities', 'provider')
  const factors = await namesByUser(dump, contents, 'mfa_factors', 'factor_type')
  const rows = await rowsOf(dump, contents, 'users')
  if (rows === undefined) throw rowsMissing()
  for await (const row of rows) {
    const id = row.get('id') ?? ''
    const used = providers.get(id) ?? []
    yield userOfRow(row, {
      providers: used.filter((name) => name !== 'email' && name !== 'phone'),
      factors: factors.get(id) ?? [],
    })
  }
}

export function rowsMissing(): BackupError {
  return new BackupError({
    code: 'AUTH_ROWS_MISSING',
    message: 'The backup of the database has no rows of auth.users.',
    suggestion: 'Choose another archive: restore.sh --list shows them.',
    phase: 'auth/users',
  })
}

function userOfRow(row: Row, others: Pick<User, 'providers' | 'factors'>): User {
  const text = (name: string) => row.get(name) ?? ''
  const json = (name: string) => jsonSchema.parse(JSON.parse(row.get(name) ?? '{}'))
  return {
    ...{ id: text('id'), aud: text('aud'), role: text('role'), email: text('email'), phone: text('phone') },
    emailConfirmed: text('email') !== '' && text('email_confirmed_at') !== '',
    phoneConfirmed: text('phone') !== '' && text('phone_confirmed_at') !== '',
    bannedUntil: momentOf(row.get('banned_until')),
    isDeleted: text('deleted_at') !== '',
    isAnonymous: row.get('is_anonymous') === 't',
    isSso: row.get('is_sso_user') === 't',
    appMetadata: json('raw_app_meta_data'),
    userMetadata: json('raw_user_meta_data'),
    passwordHash: text('encrypted_password'),
    ...others,
  }
}

/** Of each user what a table says, without what is said of none: few have more than a password. */
async function namesByUser(
  dump: string,
  contents: Contents,
  table: string,
  column: string,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for await (const row of (await rowsOf(dump, contents, table)) ?? []) {
    const name = row.get(column) ?? ''
    if (name === 'email' || name === 'phone') continue
    const id = row.get('user_id') ?? ''
    found.set(id, [...(found.get(id) ?? []), name])
  }
  return found
}

/** The rows of a table of schema auth; undefined where the dump has none of it. */
async function rowsOf(
  dump: string,
  { entries }: Contents,
  table: string,
): Promise<AsyncGenerator<Row> | undefined> {
  const entry = entries.find(
    ({ desc, namespace, tag }) => desc === 'TABLE DATA' && namespace === 'auth' && tag === table,
  )
  const file = entry?.file
  if (entry === undefined || file === undefined) return undefined
  const { columns } = await readCopyTarget(entry)
  return (async function* () {
    for await (const values of readCopyRows(join(dump, file)))
      yield new Map(columns.map((name, index) => [name, values[index] ?? null]))
  })()
}
