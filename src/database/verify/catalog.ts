import type pg from 'pg'
import { z } from 'zod'
import {
  canReadPasswords,
  cronJobs,
  databaseFact,
  databaseSettings,
  extensions,
  type InheritedColumn,
  inheritedColumns,
  memberships,
  platformComments,
  roleSettings,
  rolesFact,
} from '../facts/all.ts'
import { commentedName } from '../restore/platform-comments.ts'
import { leftOutNames, refusedNames, type Weakening } from '../restore/weakened.ts'
import { isReservedRole } from '../rules/platform.ts'
import type { Difference } from './difference.ts'
import { compareClosed, compareDatabaseGrants, compareGrants } from './privileges.ts'
import { compareMemberships, compareRoles, compareSettings } from './roles.ts'
import {
  compareJobs,
  comparePublication,
  compareQueues,
  compareSecrets,
  compareUserMappings,
} from './services.ts'
import { compare, openSides, type Sides, where } from './sides.ts'

export interface CatalogOptions {
  client: pg.Client
  generation: string
  /** The origin's database. */
  database: string
  /** Functions of extensions that not everybody may execute there. */
  closedFunctions: readonly string[]
  /** Extensions the target does not offer. */
  missingExtensions: ReadonlySet<string>
  /** Whether cron jobs were left inactive. */
  disarmed: boolean
  /** What the restore before could not do, and named. */
  weakened?: readonly Weakening[] | undefined
  /** Whether roles, extensions and memberships count that only the target has. */
  rollback?: boolean | undefined
}

/** Comments on extensions and on schemas of the platform, as far as the target has these, where the backup says so. */
async function comparePlatformComments(sides: Sides): Promise<Difference[]> {
  const rows = await sides.readIfKnown(platformComments)
  if (rows === undefined) return []
  const found = await sides.client.query<{ name: string }>(
    `select 'EXTENSION ' || extname as name from pg_catalog.pg_extension
      union all select 'SCHEMA ' || nspname from pg_catalog.pg_namespace`,
  )
  const there = new Set(found.rows.map(({ name }) => name))
  return compare(
    'comment',
    where(rows, (each) => there.has(commentedName(each))),
    (each) => [commentedName(each), each.comment ?? 'none'],
  )
}

/** NOT NULL that tables lack and their parents have, where the backup says so; no definition in a dump does. */
async function compareInheritedColumns(sides: Sides, leftOut: ReadonlySet<string>): Promise<Difference[]> {
  const rows = await sides.readIfKnown(inheritedColumns)
  if (rows === undefined) return []
  const isLeftOut = ({ schema, table }: InheritedColumn) =>
    ['TABLE', 'FOREIGN TABLE'].some((type) => leftOut.has(`${type} ${schema} ${table}`))
  const counts = (column: InheritedColumn) => column.lacks === 'not null' && !isLeftOut(column)
  return compare('column', where(rows, counts), ({ schema, table, column }) => [
    `${schema}.${table}.${column}`,
    'may be null, unlike its parent',
  ])
}

/** Extensions, but those the target does not offer; those that only it has count in a rollback. */
async function compareExtensions(
  sides: Sides,
  { missingExtensions, rollback }: CatalogOptions,
): Promise<Difference[]> {
  const { expected: all, actual } = await sides.read(extensions)
  const expected = all.filter(({ name }) => !missingExtensions.has(name))
  const names = new Set(expected.map(({ name }) => name))
  const rows = { expected, actual: actual.filter(({ name }) => rollback || names.has(name)) }
  return compare('extension', rows, ({ name, schema }) => [name, `in schema ${schema}`])
}

const sessionRow = z.object({ readable: z.boolean(), user: z.string(), database: z.string() })

/** Roles, their memberships and settings of both sides, and which of the target's count. */
async function compareRolesOf({ client, generation, weakened = [], rollback = false }: RoleOptions) {
  const refused = refusedNames(weakened)
  const sides = await openSides(client, generation)
  const session = await client.query(`select ${canReadPasswords} as readable, current_user::text as user,
    current_database()::text as database`)
  const { readable, user, database } = sessionRow.parse(session.rows[0])
  const roles = await sides.read(rolesFact({ passwords: readable }))
  const recorded = new Set(roles.expected.map(({ name }) => name))
  // Roles of the target that the backup does not know are left alone, and so is what belongs to them; by a rollback, those
  // that could not be dropped.
  const counts = (name: string) => recorded.has(name) || (rollback && name !== user)
  const concerns = (name: string | null) =>
    name === null ||
    isReservedRole(name) ||
    recorded.has(name) ||
    (counts(name) && !refused.has(`role ${name}`))
  const differences = [
    ...compareRoles({ ...roles, actual: roles.actual.filter(({ name }) => counts(name)) }, refused),
    ...compareMemberships(
      where(await sides.read(memberships), ({ role, member }) => concerns(role) && concerns(member)),
      user,
      rollback,
    ),
    ...compareSettings(where(await sides.read(roleSettings), ({ role }) => concerns(role))),
  ]
  return { sides, user, database, recorded, concerns, refused, differences }
}

type RoleOptions = Pick<CatalogOptions, 'client' | 'generation' | 'weakened' | 'rollback'>

/** Without what the target refused: a role that could not be altered has its own password too. */
function withoutRefused(differences: readonly Difference[], refused: ReadonlySet<string>): Difference[] {
  return differences.filter(
    ({ kind, name }) => !refused.has(`${kind.replace('role password', 'role')} ${name}`),
  )
}

/** Compares roles, their memberships and settings. The client must be inside a transaction. */
export async function compareRoleFacts(options: RoleOptions): Promise<Difference[]> {
  const { differences, refused } = await compareRolesOf(options)
  return withoutRefused(differences, refused)
}

/** Compares what the dump does not carry: roles, settings, extensions, cron jobs, secrets, grants on managed objects. */
export async function compareCatalog(options: CatalogOptions): Promise<Difference[]> {
  const { client, missingExtensions, disarmed, weakened = [] } = options
  const { sides, user, database, recorded, concerns, refused, ...roles } = await compareRolesOf(options)
  const offers = (extension: string) => !missingExtensions.has(extension)
  const differences = [
    ...(await compareDatabaseGrants(sides, recorded)),
    ...(await compareUserMappings(sides)),
    ...roles.differences,
    ...compareSettings(await sides.read(databaseSettings)),
    ...compare('database', await sides.read(databaseFact), ({ comment }) => ['comment', comment ?? '']),
    ...(await compareExtensions(sides, options)),
    ...(await compareGrants(sides, concerns)),
    ...(await comparePlatformComments(sides)),
    ...(await compareInheritedColumns(sides, leftOutNames(weakened))),
    ...(await comparePublication(sides)),
    ...(await compareClosed(client, options.closedFunctions)),
    ...(offers('pg_cron')
      ? compareJobs(await sides.read(cronJobs), { user, disarmed, sides: [options.database, database] })
      : []),
    ...(offers('pgmq') ? await compareQueues(sides) : []),
    ...(offers('supabase_vault') ? await compareSecrets(sides) : []),
  ]
  return withoutRefused(differences, refused)
}
