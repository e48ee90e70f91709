import type pg from 'pg'
import { z } from 'zod'
import { compareByName, type Difference } from './difference.ts'
import {
  canReadPasswords,
  cronJobs,
  databaseFact,
  databaseSettings,
  describeServer,
  extensions,
  type Fact,
  type Membership,
  managedGrants,
  memberships,
  type Role,
  readFact,
  roleSettings,
  rolesFact,
  type Setting,
  savedFact,
  vaultSecrets,
} from './facts.ts'
import { isReservedRole } from './platform.ts'
import { isRestorable, isRestorableMembership } from './roles.ts'

interface Rows<Row> {
  expected: Row[]
  actual: Row[]
}

export interface CatalogOptions {
  client: pg.Client
  generation: string
  /** Extensions the target does not offer. */
  missingExtensions: ReadonlySet<string>
  /** Whether cron jobs were left inactive. */
  disarmed: boolean
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

function compareRoles(rows: Rows<Role>): Difference[] {
  const describe = ({ name, superuser: _, password: __, ...attributes }: Role): Named => [
    name,
    JSON.stringify(attributes),
  ]
  const passwords = (list: Role[]) => new Map(list.map(({ name, password }) => [name, password]))
  return [
    ...compare('role', rows, describe),
    ...compareSecretly('role password', passwords(rows.expected), passwords(rows.actual)),
  ]
}

/**
 * Since PostgreSQL 16 whoever creates a role is its member; INHERIT and SET are compared where both sides have them.
 */
function compareMemberships(rows: Rows<Membership>, user: string): Difference[] {
  const optional = (list: Membership[]) => list.some(({ inherit }) => inherit !== null)
  const options = optional(rows.expected) && optional(rows.actual)
  const expected = rows.expected.filter(isRestorableMembership)
  const wanted = new Set(expected.map(({ role, member }) => JSON.stringify([role, member])))
  const actual = rows.actual.filter(
    ({ role, member }) => member !== user || wanted.has(JSON.stringify([role, member])),
  )
  return compare('membership', { expected, actual }, ({ role, member, admin, inherit, set }) => [
    `${role} to ${member}`,
    JSON.stringify({ ...(member === user ? {} : { admin }), ...(options ? { inherit, set } : {}) }),
  ])
}

/** Settings the platform makes on its own roles may be more on the target. */
function compareSettings(rows: Rows<Setting>): Difference[] {
  const subject = ({ role, database }: Setting) =>
    `${role ?? 'the database'}${role && database ? ' in the database' : ''}`
  const expected = rows.expected.filter(isRestorable)
  const wanted = new Set(expected.map((setting) => `${subject(setting)} ${setting.name}`))
  const actual = rows.actual.filter(
    (setting) =>
      isRestorable(setting) &&
      (wanted.has(`${subject(setting)} ${setting.name}`) ||
        setting.role === null ||
        !isReservedRole(setting.role)),
  )
  return compare('setting', { expected, actual }, (setting) => [
    `${setting.name} of ${subject(setting)}`,
    setting.value,
  ])
}

type Secret = z.infer<(typeof vaultSecrets)['row']>

/** Ids are given anew by a restore. */
const nameOfSecret = ({ name }: Secret) => name ?? 'a secret without name'

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

const sessionRow = z.object({ readable: z.boolean(), user: z.string() })

/** Compares what the dump does not carry: roles, settings, extensions, cron jobs, secrets, grants on managed objects. */
export async function compareCatalog(options: CatalogOptions): Promise<Difference[]> {
  const { client, generation, missingExtensions, disarmed } = options
  const server = await describeServer(client)
  const read = async <Row>(fact: Fact<Row>): Promise<Rows<Row>> => ({
    expected: await Array.fromAsync(savedFact(generation, fact)),
    actual: await Array.fromAsync(readFact(client, fact, server)),
  })
  const session = await client.query(`select ${canReadPasswords} as readable, current_user::text as user`)
  const { readable, user } = sessionRow.parse(session.rows[0])
  const roles = await read(rolesFact({ passwords: readable }))
  const recorded = new Set(roles.expected.map(({ name }) => name))
  // Roles of the target that the backup does not know are left alone, and so is what belongs to them.
  const concerns = (...names: (string | null)[]) =>
    names.every((name) => name === null || recorded.has(name) || isReservedRole(name))
  const installed = await read(extensions)
  const expectedExtensions = installed.expected.filter(({ name }) => !missingExtensions.has(name))
  const names = new Set(expectedExtensions.map(({ name }) => name))
  const secrets = await read(vaultSecrets)
  return [
    ...compareRoles({ ...roles, actual: roles.actual.filter(({ name }) => recorded.has(name)) }),
    ...compareMemberships(
      where(await read(memberships), ({ role, member }) => concerns(role, member)),
      user,
    ),
    ...compareSettings(where(await read(roleSettings), ({ role }) => concerns(role))),
    ...compareSettings(await read(databaseSettings)),
    ...compare('database', await read(databaseFact), ({ comment }) => ['comment', comment ?? '']),
    ...compare(
      'extension',
      { expected: expectedExtensions, actual: installed.actual.filter(({ name }) => names.has(name)) },
      ({ name, schema }) => [name, `in schema ${schema}`],
    ),
    ...compare(
      'grant',
      where(await read(managedGrants), ({ grantee }) => concerns(grantee)),
      (grant) => [
        `${grant.privilege} on ${grant.kind} ${[grant.schema, grant.object, grant.column].filter((part) => part !== null).join('.')} to ${grant.grantee}`,
        grant.grantable ? 'with grant option' : '',
      ],
    ),
    ...(missingExtensions.has('pg_cron')
      ? []
      : compare('cron job', await read(cronJobs), ({ name, schedule, command, active }) => [
          name ?? command,
          `${schedule} ${command}${disarmed || active ? '' : ' (inactive)'}`,
        ])),
    ...(missingExtensions.has('supabase_vault')
      ? []
      : [
          ...compare('secret', secrets, (secret) => [nameOfSecret(secret), secret.description ?? '']),
          ...compareSecretly('secret value', secretValues(secrets.expected), secretValues(secrets.actual)),
        ]),
  ]
}
