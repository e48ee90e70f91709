import type { z } from 'zod'
import { type cronJobs, publications, queues, userMappings, vaultSecrets } from '../facts/all.ts'
import { nameAmongAll } from '../restore/cron.ts'
import { publishes } from '../restore/realtime-publication.ts'
import { mappingOptions } from '../restore/user-mappings.ts'
import { realtimePublication } from '../rules/platform.ts'
import type { Difference } from './difference.ts'
import { compare, compareSecretly, type Rows, type Sides, where } from './sides.ts'

/** Options of user mappings, where both sides can read them. */
export async function compareUserMappings(sides: Sides): Promise<Difference[]> {
  const rows = await sides.readIfKnown(userMappings)
  if (rows === undefined) return []
  const readable = new Map([...mappingOptions(rows.actual)].filter(([, options]) => options !== null))
  return compareSecretly('user mapping', mappingOptions(rows.expected), readable)
}

/** Of the platform's publication what no entry of a dump says, unless the origin had none. */
export async function comparePublication(sides: Sides): Promise<Difference[]> {
  const rows = await sides.readIfKnown(publications)
  if (rows === undefined) return []
  const platforms = where(rows, ({ name }) => name === realtimePublication)
  if (platforms.expected.length === 0) return []
  const saysComment = platforms.expected.every(({ comment }) => comment !== undefined)
  return compare('publication', platforms, (publication) => [
    publication.name,
    `${publishes(publication)}${saysComment ? ` ${publication.comment ?? ''}` : ''}`,
  ])
}

/** Queues of pgmq, where the backup says so. */
export async function compareQueues(sides: Sides): Promise<Difference[]> {
  const rows = await sides.readIfKnown(queues)
  if (rows === undefined) return []
  return compare('queue', rows, ({ name, partitioned, unlogged }) => [
    name,
    `${partitioned ? 'partitioned' : 'whole'}${unlogged ? ', unlogged' : ''}`,
  ])
}

type Secret = z.infer<(typeof vaultSecrets)['row']>

/** Ids are given anew by a restore. */
const nameOfSecret = ({ name }: Secret) => name ?? 'a secret without name'

/** Names, descriptions and values of the vault's secrets. */
export async function compareSecrets(sides: Sides): Promise<Difference[]> {
  const secrets = restorable(await sides.read(vaultSecrets))
  return [
    ...compare('secret', secrets, (secret) => [nameOfSecret(secret), secret.description ?? '']),
    ...compareSecretly('secret value', secretValues(secrets.expected), secretValues(secrets.actual)),
  ]
}

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

type Job = z.infer<(typeof cronJobs)['row']>

/** Each side has its own name for the database that is compared. */
export function compareJobs(
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
