import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { writeFileAtomic } from '../../common/files.ts'
import { type Finding, finding } from '../../common/findings.ts'
import { writeJsonl } from '../../common/jsonl.ts'
import { bindings } from '../facts/bindings.ts'
import { cluster, readCluster } from '../facts/cluster.ts'
import { describeServer, type Fact, readFact, type Server } from '../facts/fact.ts'
import { foreseen, functionSettings } from '../facts/foreseen.ts'
import { inheritedColumns } from '../facts/inherited-columns.ts'
import {
  managedColumns,
  managedGrants,
  managedPolicies,
  managedTriggers,
  platformComments,
  platformGrants,
  serviceGrants,
} from '../facts/managed.ts'
import { managedObjects } from '../facts/managed-objects.ts'
import {
  databaseFact,
  eventTriggers,
  extensionFunctions,
  extensions,
  publications,
} from '../facts/objects.ts'
import { canReadPasswords, databaseSettings, memberships, roleSettings, rolesFact } from '../facts/roles.ts'
import { cronJobs, queues, services, vaultSecrets } from '../facts/services.ts'
import { databaseGrants, subscriptions, userMappings } from '../facts/unseen.ts'
import { renderRoles, roleFindings, roleStatements } from '../rules/roles.ts'
import { ambiguousCallFindings } from './ambiguous-calls.ts'
import {
  foreseenFindings,
  functionSettingFindings,
  jobFindings,
  managedObjectFindings,
  queueFindings,
  unseenFindings,
} from './foreseen.ts'
import { captureVault, type VaultCapture } from './vault.ts'

export interface CapturedCatalog {
  counts: Record<string, number>
  findings: Finding[]
  /** Versions of the platform's services. */
  versions: Record<string, string>
}

/** The facts that are contents and no definitions. */
export const restFiles: readonly string[] = [cronJobs.file, vaultSecrets.file, queues.file]

/** The facts that a backup of roles alone holds, with those that say of which server it is. */
export const roleFiles: readonly string[] = [
  ...[rolesFact({ passwords: true }).file, memberships.file, roleSettings.file],
  ...[databaseFact.file, services.file],
]

/**
 * Writes what the catalog says about everything but rows: `roles.sql` and a `.jsonl` file a kind of fact.
 * @param holds by its file, whether a fact is in the backup; the file is there in any case
 */
export async function captureCatalog(
  client: pg.Client,
  directory: string,
  capture: VaultCapture = 'decrypted',
  holds: (file: string) => boolean = () => true,
): Promise<CapturedCatalog> {
  const server = await describeServer(client)
  const save = async <Row>(fact: Fact<Row>) => {
    const rows = holds(fact.file) ? await Array.fromAsync(readFact(client, fact, server)) : []
    await writeJsonl(join(directory, fact.file), rows)
    return rows
  }
  const roles = await captureRoles(client, directory, server, save)
  await save(databaseFact)
  const { started: _, ...own } = await readCluster(client)
  await writeJsonl(join(directory, cluster.file), [own])
  await save(managedColumns)
  await save(managedGrants)
  await save(serviceGrants)
  await save(platformGrants)
  await save(platformComments)
  await save(extensionFunctions)
  await save(inheritedColumns)
  await save(bindings)
  const counted = {
    extensions: (await save(extensions)).length,
    publications: (await save(publications)).length,
    eventTriggers: (await save(eventTriggers)).length,
    managedTriggers: (await save(managedTriggers)).length,
    managedPolicies: (await save(managedPolicies)).length,
  }
  const cron = await guarded(client, cronJobs, save)
  const held = holds(vaultSecrets.file) ? capture : 'skip'
  const vault = await captureVault(directory, held, (fact) => guarded(client, fact, save))
  const queued = await guarded(client, queues, save)
  const versions = await save(services)
  const beyond = await captureBeyondDump(client, save)
  return {
    counts: {
      ...roles.counts,
      ...counted,
      ...beyond.counts,
      cronJobs: cron.rows.length,
      queues: queued.rows.length,
      vaultSecrets: vault.rows.length,
    },
    findings: [
      ...roles.findings,
      ...cron.findings,
      ...vault.findings,
      ...queued.findings,
      ...queueFindings(queued.rows),
      ...jobFindings(cron.rows, roles.session),
      ...beyond.findings,
    ],
    versions: Object.fromEntries(versions.map(({ service, version }) => [service, version])),
  }
}

type Save = <Row>(fact: Fact<Row>) => Promise<Row[]>

const sessionRow = z.object({ passwords: z.boolean(), user: z.string(), database: z.string() })

async function captureRoles(
  client: pg.Client,
  directory: string,
  server: Server,
  save: Save,
): Promise<Omit<CapturedCatalog, 'versions'> & { session: z.infer<typeof sessionRow> }> {
  const { rows } = await client.query(
    `select ${canReadPasswords} as passwords, current_user::text as user, current_database()::text as database`,
  )
  const session = sessionRow.parse(rows[0])
  const facts = {
    roles: await save(rolesFact({ passwords: session.passwords })),
    memberships: await save(memberships),
    settings: [...(await save(roleSettings)), ...(await save(databaseSettings))],
  }
  const target = { serverVersion: server.version, ...session, existing: new Set<string>() }
  await writeFileAtomic(join(directory, 'roles.sql'), renderRoles(roleStatements(facts, target)))
  return {
    counts: { roles: facts.roles.length, memberships: facts.memberships.length },
    findings: roleFindings(facts, { passwordsReadable: session.passwords }),
    session,
  }
}

/** What no dump carries, what stands where a dump does not keep it, and what is known to resist a restore. */
async function captureBeyondDump(client: pg.Client, save: Save): Promise<Omit<CapturedCatalog, 'versions'>> {
  await save(databaseGrants)
  const mappings = await guarded(client, userMappings, save)
  const followed = await guarded(client, subscriptions, save)
  const own = await guarded(client, managedObjects, save)
  const resisting = await guarded(client, foreseen, save)
  const set = await guarded(client, functionSettings, save)
  return {
    counts: {
      userMappings: mappings.rows.length,
      subscriptions: followed.rows.length,
      objectsAmongThePlatforms: own.rows.length,
    },
    findings: [
      ...[mappings, followed, own, resisting, set].flatMap(({ findings }) => findings),
      ...unseenFindings(mappings.rows, followed.rows),
      ...managedObjectFindings(own.rows),
      ...foreseenFindings(resisting.rows),
      ...functionSettingFindings(set.rows),
      ...(await ambiguousCallFindings(client)),
    ],
  }
}

/**
 * Saves facts that come out of an extension's relation, which may fail for reasons of its own (a vault whose root key
 * is gone): the rest of the backup is worth having all the same.
 */
async function guarded<Row>(
  client: pg.Client,
  fact: Fact<Row>,
  save: Save,
): Promise<{ rows: Row[]; findings: Finding[] }> {
  await client.query('savepoint guarded')
  try {
    return { rows: await save(fact), findings: [] }
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    await client.query('rollback to savepoint guarded')
    const rows = await save({ ...fact, sql: () => undefined })
    const kind = `${fact.file.replace('.jsonl', '')}-unreadable`
    const message = `${fact.file} could not be read and is empty: ${error.message}.`
    return {
      rows,
      findings: [finding({ component: 'database', severity: 'degraded', kind, message, count: 1 })],
    }
  }
}
