import type pg from 'pg'
import {
  databaseGrants,
  isOfWrapper,
  type ManagedGrant,
  managedGrants,
  platformGrants,
  serviceGrants,
} from '../facts/all.ts'
import { openName, openToAll } from '../restore/closed-functions.ts'
import { databaseGrantName, usersDatabaseGrants } from '../restore/database-grants.ts'
import { grantName } from '../restore/managed-grants.ts'
import { compareByName, type Difference } from './difference.ts'
import { compare, type Named, type Sides, where } from './sides.ts'

/** Privileges on the database itself, where the generation knows of them. */
export async function compareDatabaseGrants(sides: Sides, roles: ReadonlySet<string>): Promise<Difference[]> {
  const rows = await sides.readIfKnown(databaseGrants)
  if (rows === undefined) return []
  return compare(
    'grant',
    { expected: usersDatabaseGrants(rows.expected, roles), actual: usersDatabaseGrants(rows.actual, roles) },
    (grant) => [databaseGrantName(grant), grant.grantable ? 'with grant option' : ''],
  )
}

const describeGrant = (grant: ManagedGrant): Named => [
  grantName(grant),
  grant.grantable ? 'with grant option' : '',
]

/**
 * Privileges among the platform's: on the services' tables, what role postgres gave to the platform's roles, and in its other
 * schemas; the last two where the backup says so.
 */
export async function compareGrants(
  sides: Sides,
  concerns: (name: string | null) => boolean,
): Promise<Difference[]> {
  const managed = await sides.read(managedGrants)
  const services = (await sides.readIfKnown(serviceGrants)) ?? { expected: [], actual: [] }
  const platform = (await sides.readIfKnown(platformGrants)) ?? { expected: [], actual: [] }
  const wrappers = new Set(platform.expected.filter(isOfWrapper).map(grantName))
  const isWanted = (grant: ManagedGrant) => !isOfWrapper(grant) || wrappers.has(grantName(grant))
  const isOurs = ({ grantee }: ManagedGrant) => grantee === 'public' || concerns(grantee)
  return [
    ...compare(
      'grant',
      where(managed, ({ grantee }) => concerns(grantee)),
      describeGrant,
    ),
    ...compare('grant', services, describeGrant),
    ...compare(
      'grant',
      where({ ...platform, actual: platform.actual.filter(isWanted) }, isOurs),
      describeGrant,
    ),
  ]
}

/** Functions of extensions that everybody may execute, though not at the origin. */
export async function compareClosed(client: pg.Client, functions: readonly string[]): Promise<Difference[]> {
  if (functions.length === 0) return []
  const { rows } = await client.query<{ name: string }>(openToAll(functions))
  return compareByName(
    'grant',
    [],
    rows.map(({ name }) => [openName(name), 'granted']),
  )
}
