import type pg from 'pg'
import { z } from 'zod'
import {
  canReadPasswords,
  cronJobs,
  databaseFact,
  databaseGrants,
  databaseSettings,
  describeServer,
  extensions,
  type Fact,
  type InheritedColumn,
  inheritedColumns,
  type ManagedGrant,
  type Membership,
  managedGrants,
  memberships,
  platformComments,
  platformGrants,
  publications,
  queues,
  type Role,
  readFact,
  roleSettings,
  rolesFact,
  type Server,
  type Setting,
  savedFact,
  serviceGrants,
  userMappings,
  vaultSecrets,
} from '../facts/all.ts'
import { savedIfKnown } from '../facts/catalog-facts.ts'
import { openName, openToAll } from '../restore/closed-functions.ts'
import { nameAmongAll } from '../restore/cron.ts'
import { databaseGrantName, usersDatabaseGrants } from '../restore/database-grants.ts'
import { grantName } from '../restore/managed-grants.ts'
import { commentedName } from '../restore/platform-comments.ts'
import { publishes } from '../restore/realtime-publication.ts'
import { mappingOptions } from '../restore/user-mappings.ts'
import { leftOutNames, refusedNames, type Weakening } from '../restore/weakened.ts'
import { isReservedRole, realtimePublication } from '../rules/platform.ts'
import {
  forbidsWrites,
  isMaker,
  isRestorable,
  isRestorableMembership,
  membershipName,
  settingName,
} from '../rules/roles.ts'
import { compareByName, type Difference } from './difference.ts'

interface Rows<Row> {
  expected: Row[]
  actual: Row[]
}

export interface CatalogOptions {
  client: pg.Client
  generation: string
  /** The source's database. */
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

type Named = readonly [name: string, text: string]

function compare<Row>(kind: string, rows: Rows<Row>, describe: (row: Row) => Named): Difference[] {
  return compareByName(kind, rows.expected.map(describe), rows.actual.map(describe))
}

function where<Row>(rows: Rows<Row>, keep: (row: Row) => boolean): Rows<Row> {
  return { expected: rows.expected.filter(keep), actual: rows.actual.filter(keep) }
}

/** Compares values that must not be shown. */
function compareSecretly(
  kind: string,
  expected: Map<string, string | null>,
  actual: Map<string, string | null>,
): Difference[] {
  return [...expected].flatMap(([name, value]): Difference[] =>
    value === null || !actual.has(name) || actual.get(name) === value
      ? []
      : [{ kind, name, expected: 'the recorded value', actual: 'another one' }],
  )
}

/** @param refused as `role reader: bypassRls`, of attributes the target did not let be set */
function compareRoles(rows: Rows<Role>, refused: ReadonlySet<string>): Difference[] {
  const describe = ({ name, superuser: _, password: __, ...attributes }: Role): Named => [
    name,
    JSON.stringify(attributes, (key, value) => (refused.has(`role ${name}: ${key}`) ? undefined : value)),
  ]
  const passwords = (list: Role[]) => new Map(list.map(({ name, password }) => [name, password]))
  return [
    ...compare('role', rows, describe),
    ...compareSecretly('role password', passwords(rows.expected), passwords(rows.actual)),
  ]
}

/**
 * Since PostgreSQL 16 whoever creates a role is its member, and administers it; INHERIT and SET are compared where both
 * sides have them.
 */
function compareMemberships(rows: Rows<Membership>, user: string, rollback: boolean): Difference[] {
  const hasOptions = (list: Membership[]) => list.some(({ inherit }) => inherit !== null)
  const options = hasOptions(rows.expected) && hasOptions(rows.actual)
  const created = hasOptions(rows.expected) || hasOptions(rows.actual)
  const expected = rows.expected.filter((each) => isRestorableMembership(each) && !isMaker(each, user))
  const wanted = new Set(expected.map(membershipName))
  const actual = rows.actual.filter((each) =>
    rollback
      ? isRestorableMembership(each) && !isMaker(each, user)
      : each.member !== user || wanted.has(membershipName(each)),
  )
  return compare('membership', { expected, actual }, ({ role, member, admin, inherit, set }) => [
    `${role} to ${member}`,
    JSON.stringify({
      ...(member === user && created ? {} : { admin }),
      ...(options ? { inherit, set } : {}),
    }),
  ])
}

/** One that a restore leaves out may have been made since. */
function compareSettings(rows: Rows<Setting>): Difference[] {
  const leftOut = new Set(rows.expected.filter(forbidsWrites).map(settingName))
  const counts = (setting: Setting) => isRestorable(setting) && !leftOut.has(settingName(setting))
  return compare('setting', where(rows, counts), (setting) => [
    settingName(setting).replace(/^setting /, ''),
    setting.value,
  ])
}

/** Privileges on the database itself, where the generation knows of them. */
async function compareDatabaseGrants(
  client: pg.Client,
  generation: string,
  server: Server,
  roles: ReadonlySet<string>,
): Promise<Difference[]> {
  const expected = await savedIfKnown(generation, databaseGrants)
  if (expected === null) return []
  const actual = await Array.fromAsync(readFact(client, databaseGrants, server))
  return compare(
    'grant',
    { expected: usersDatabaseGrants(expected, roles), actual: usersDatabaseGrants(actual, roles) },
    (grant) => [databaseGrantName(grant), grant.grantable ? 'with grant option' : ''],
  )
}

const describeGrant = (grant: ManagedGrant): Named => [
  grantName(grant),
  grant.grantable ? 'with grant option' : '',
]

/** What role postgres gave to the platform's roles, where the backup says so. */
async function compareServiceGrants(
  client: pg.Client,
  generation: string,
  server: Server,
): Promise<Difference[]> {
  const expected = await savedIfKnown(generation, serviceGrants)
  if (expected === null) return []
  const actual = await Array.fromAsync(readFact(client, serviceGrants, server))
  return compare('grant', { expected, actual }, describeGrant)
}

/** Privileges in the platform's other schemas, where the backup says so. */
async function comparePlatformGrants(
  client: pg.Client,
  generation: string,
  server: Server,
  concerns: (name: string) => boolean,
): Promise<Difference[]> {
  const expected = await savedIfKnown(generation, platformGrants)
  if (expected === null) return []
  const actual = await Array.fromAsync(readFact(client, platformGrants, server))
  const isOurs = ({ grantee }: ManagedGrant) => grantee === 'public' || concerns(grantee)
  return compare('grant', where({ expected, actual }, isOurs), describeGrant)
}

/** Comments on extensions and on schemas of the platform, as far as the target has these, where the backup says so. */
async function comparePlatformComments(
  client: pg.Client,
  generation: string,
  server: Server,
): Promise<Difference[]> {
  const expected = await savedIfKnown(generation, platformComments)
  if (expected === null) return []
  const actual = await Array.fromAsync(readFact(client, platformComments, server))
  const { rows } = await client.query<{ name: string }>(
    `select 'EXTENSION ' || extname as name from pg_catalog.pg_extension
      union all select 'SCHEMA ' || nspname from pg_catalog.pg_namespace`,
  )
  const there = new Set(rows.map(({ name }) => name))
  return compare(
    'comment',
    where({ expected, actual }, (each) => there.has(commentedName(each))),
    (each) => [commentedName(each), each.comment ?? 'none'],
  )
}

/** Options of user mappings, where both sides can read them. */
async function compareUserMappings(
  client: pg.Client,
  generation: string,
  server: Server,
): Promise<Difference[]> {
  const expected = await savedIfKnown(generation, userMappings)
  if (expected === null) return []
  const actual = mappingOptions(await Array.fromAsync(readFact(client, userMappings, server)))
  const readable = new Map([...actual].filter(([, options]) => options !== null))
  return compareSecretly('user mapping', mappingOptions(expected), readable)
}

/** Queues of pgmq, where the backup says so. */
async function compareQueues(client: pg.Client, generation: string, server: Server): Promise<Difference[]> {
  const expected = await savedIfKnown(generation, queues)
  if (expected === null) return []
  const actual = await Array.fromAsync(readFact(client, queues, server))
  return compare('queue', { expected, actual }, ({ name, partitioned, unlogged }) => [
    name,
    `${partitioned ? 'partitioned' : 'whole'}${unlogged ? ', unlogged' : ''}`,
  ])
}

/** NOT NULL that tables lack and their parents have, where the backup says so; no definition in a dump does. */
async function compareInheritedColumns(
  client: pg.Client,
  generation: string,
  server: Server,
  isLeftOut: (table: string) => boolean,
): Promise<Difference[]> {
  const expected = await savedIfKnown(generation, inheritedColumns)
  if (expected === null) return []
  const actual = await Array.fromAsync(readFact(client, inheritedColumns, server))
  const counts = ({ schema, table, lacks }: InheritedColumn) =>
    lacks === 'not null' && !isLeftOut(`${schema} ${table}`)
  return compare('column', where({ expected, actual }, counts), ({ schema, table, column }) => [
    `${schema}.${table}.${column}`,
    'may be null, unlike its parent',
  ])
}

type Secret = z.infer<(typeof vaultSecrets)['row']>

/** Ids are given anew by a restore. */
const nameOfSecret = ({ name }: Secret) => name ?? 'a secret without name'

/** Without those whose values the backup does not have: the restore names them, and whoever creates them does so by hand. */
function restorable({ expected, actual }: Rows<Secret>): Rows<Secret> {
  const unknown = new Set(expected.filter(({ secret }) => secret === null).map(nameOfSecret))
  const isKnown = (secret: Secret) => !unknown.has(nameOfSecret(secret))
  return { expected: expected.filter(isKnown), actual: actual.filter(isKnown) }
}

/** The values of each name, in a fixed order; null where the backup could not read one. */
function secretValues(secrets: readonly Secret[]): Map<string, string | null> {
  const values = Map.groupBy(secrets, nameOfSecret)
  return new Map(
    [...values].map(([name, list]) => {
      const known = list.every(({ secret }) => secret !== null)
      return [name, known ? JSON.stringify(list.map(({ secret }) => secret).sort()) : null]
    }),
  )
}

const sessionRow = z.object({ readable: z.boolean(), user: z.string(), database: z.string() })

/** Of the platform's publication what no entry of a dump says, unless the source had none. */
async function comparePublication(
  client: pg.Client,
  generation: string,
  server: Server,
): Promise<Difference[]> {
  const isPlatforms = ({ name }: { name: string }) => name === realtimePublication
  const expected = (await savedIfKnown(generation, publications))?.filter(isPlatforms) ?? []
  if (expected.length === 0) return []
  const actual = (await Array.fromAsync(readFact(client, publications, server))).filter(isPlatforms)
  const saysComment = expected.every(({ comment }) => comment !== undefined)
  return compare('publication', { expected, actual }, (publication) => [
    publication.name,
    `${publishes(publication)}${saysComment ? ` ${publication.comment ?? ''}` : ''}`,
  ])
}

/** Functions of extensions that everybody may execute, though not on the source. */
async function compareClosed(client: pg.Client, functions: readonly string[]): Promise<Difference[]> {
  if (functions.length === 0) return []
  const { rows } = await client.query<{ name: string }>(openToAll(functions))
  return compareByName(
    'grant',
    [],
    rows.map(({ name }) => [openName(name), 'granted']),
  )
}

type Job = z.infer<(typeof cronJobs)['row']>

/** Each side has its own name for the database that is compared. */
function compareJobs(
  { expected, actual }: Rows<Job>,
  { user, disarmed, sides }: { user: string; disarmed: boolean; sides: [string, string] },
): Difference[] {
  const described = (side: string) => (job: Job) => ({
    ...job,
    as: nameAmongAll(job, { user, database: side }),
  })
  return compare(
    'cron job',
    { expected: expected.map(described(sides[0])), actual: actual.map(described(sides[1])) },
    ({ as, schedule, command, active }) => [
      as,
      `${schedule} ${command}${disarmed || active ? '' : ' (inactive)'}`,
    ],
  )
}

/** Compares what the dump does not carry: roles, settings, extensions, cron jobs, secrets, grants on managed objects. */
export async function compareCatalog(options: CatalogOptions): Promise<Difference[]> {
  const { client, generation, missingExtensions, disarmed, weakened = [], rollback = false } = options
  const refused = refusedNames(weakened)
  const leftOut = leftOutNames(weakened)
  const server = await describeServer(client)
  const read = async <Row>(fact: Fact<Row>): Promise<Rows<Row>> => ({
    expected: await Array.fromAsync(savedFact(generation, fact)),
    actual: await Array.fromAsync(readFact(client, fact, server)),
  })
  const session = await client.query(`select ${canReadPasswords} as readable, current_user::text as user,
    current_database()::text as database`)
  const { readable, user, database } = sessionRow.parse(session.rows[0])
  const roles = await read(rolesFact({ passwords: readable }))
  const recorded = new Set(roles.expected.map(({ name }) => name))
  // Roles of the target that the backup does not know are left alone, and so is what belongs to them; by a rollback, those
  // that could not be dropped.
  const counts = (name: string) => recorded.has(name) || (rollback && name !== user)
  const concerns = (...names: (string | null)[]) =>
    names.every(
      (name) =>
        name === null ||
        isReservedRole(name) ||
        recorded.has(name) ||
        (counts(name) && !refused.has(`role ${name}`)),
    )
  const installed = await read(extensions)
  const expectedExtensions = installed.expected.filter(({ name }) => !missingExtensions.has(name))
  const names = new Set(expectedExtensions.map(({ name }) => name))
  const secrets = restorable(await read(vaultSecrets))
  const differences = [
    ...(await compareDatabaseGrants(client, generation, server, recorded)),
    ...(await compareUserMappings(client, generation, server)),
    ...compareRoles({ ...roles, actual: roles.actual.filter(({ name }) => counts(name)) }, refused),
    ...compareMemberships(
      where(await read(memberships), ({ role, member }) => concerns(role, member)),
      user,
      rollback,
    ),
    ...compareSettings(where(await read(roleSettings), ({ role }) => concerns(role))),
    ...compareSettings(await read(databaseSettings)),
    ...compare('database', await read(databaseFact), ({ comment }) => ['comment', comment ?? '']),
    ...compare(
      'extension',
      {
        expected: expectedExtensions,
        actual: installed.actual.filter(({ name }) => rollback || names.has(name)),
      },
      ({ name, schema }) => [name, `in schema ${schema}`],
    ),
    ...compare(
      'grant',
      where(await read(managedGrants), ({ grantee }) => concerns(grantee)),
      describeGrant,
    ),
    ...(await compareServiceGrants(client, generation, server)),
    ...(await comparePlatformGrants(client, generation, server, concerns)),
    ...(await comparePlatformComments(client, generation, server)),
    ...(await compareInheritedColumns(
      client,
      generation,
      server,
      (table) => leftOut.has(`TABLE ${table}`) || leftOut.has(`FOREIGN TABLE ${table}`),
    )),
    ...(await comparePublication(client, generation, server)),
    ...(await compareClosed(client, options.closedFunctions)),
    ...(missingExtensions.has('pg_cron')
      ? []
      : compareJobs(await read(cronJobs), { user, disarmed, sides: [options.database, database] })),
    ...(missingExtensions.has('pgmq') ? [] : await compareQueues(client, generation, server)),
    ...(missingExtensions.has('supabase_vault')
      ? []
      : [
          ...compare('secret', secrets, (secret) => [nameOfSecret(secret), secret.description ?? '']),
          ...compareSecretly('secret value', secretValues(secrets.expected), secretValues(secrets.actual)),
        ]),
  ]
  // A role that could not be altered has its own password too.
  return differences.filter(
    ({ kind, name }) => !refused.has(`${kind.replace('role password', 'role')} ${name}`),
  )
}
