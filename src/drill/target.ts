import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BackupError, ExitCode } from '../common/errors.ts'
import type { Finding } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import { readManifest } from '../common/manifest.ts'
import type { PostgresClients } from '../database/connect/client-programs.ts'
import { type DatabaseConnection, parseConnection } from '../database/connect/connection.ts'
import { savedFact, services } from '../database/facts/all.ts'
import { type CatalogFacts, readCatalogFacts } from '../database/facts/catalog-facts.ts'
import { notHeldOf } from '../database/restore/held-part.ts'
import { emptyContents } from '../database/restore/no-dump.ts'
import { type Contents, readContents } from '../database/rules/contents.ts'
import { startStorageApi } from '../standin/storage-api/server.ts'
import type { StorageEndpoint } from '../storage/api/client.ts'
import { type DrillDisk, orDrillDiskFull } from './disk-full.ts'
import { drillFindings } from './findings.ts'
import { makeDrillFolder } from './folder.ts'
import { type DrillPlace, findDrillImage } from './image.ts'
import { listenOnLoopback } from './loopback.ts'
import { needsOf } from './needs.ts'
import {
  connectSuperuser,
  installPlatform,
  randomPassword,
  runPlatformFiles,
  setPassword,
} from './platform.ts'
import type { PostgresServer } from './postgres.ts'
import { type DrillServer, findDrillServer, startDrillServer, stoodInAlways } from './server.ts'
import { fitServiceTables, type ServiceDifferences, type ServiceRecord } from './services.ts'

const phase = 'sandbox/drill'

export interface DrillTargetOptions {
  /** Directory of the generation that will be restored, verified against its manifest. */
  generation: string
  /** Programs that can read the generation's dump. */
  clients: PostgresClients
  /** Entries of the dump that are not restored, with what depends on them: see `leaveOutAsked`. */
  leaveOut?: readonly string[] | undefined
  /** Without DRILL_IMAGE this machine's programs are used. */
  config: DrillPlace
  log: Log
  signal?: AbortSignal | undefined
}

/** A throwaway project to restore into. */
export interface DrillTarget {
  /** As `postgres`, who is not a superuser. */
  database: DatabaseConnection
  /** The same by a port of the loopback interface, for programs that are not ours. */
  loopback?: DatabaseConnection | undefined
  /** For what only the platform may do. */
  superuser: DatabaseConnection
  storage: StorageEndpoint
  /** In what the drill is not like one into a hosted project. */
  findings: Finding[]
  /** What was thrown in it, as the error of its disk where that was full; see `orDrillDiskFull`. */
  failure(error: unknown): unknown
  /** Ends it and removes everything. */
  stop(): Promise<void>
}

/**
 * Starts a project of its own for a drill, as a new hosted one is: PostgreSQL of the dump's major version (or the nearest
 * newer one there is) with the toolkit's copy of the platform, and a Storage API over it that accepts objects of any size.
 * Nothing of the backup is run to build it.
 * @throws BackupError SANDBOX_SERVER_MISSING, SANDBOX_SERVER_FAILED, DRILL_EXTENSION_MISSING, DRILL_IMAGE_UNUSABLE, DRILL_CLIENTS_TOO_OLD,
 *   DRILL_FOLDER_UNREACHABLE, DISK_FULL
 */
export async function startDrillTarget(options: DrillTargetOptions): Promise<DrillTarget> {
  const { generation, clients, log } = options
  const source = await readSource(generation)
  const image = await findDrillImage({ config: options.config, log, fetch: true })
  const wantedMajor = Number.parseInt(source.contents.serverVersion, 10)
  const programs = await findDrillServer(
    {
      ...needsOf(source, { leaveOut: options.leaveOut, notHeld: source.notHeld }),
      newestMajor: clients.major,
    },
    image,
  )
  if (programs.major > clients.major) throw clientsTooOld(programs.major, clients)
  const folder = await makeDrillFolder(generation)
  const disk: DrillDisk = { place: dirname(folder), containers: image?.runtime.program }
  const closing = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const server = await startDrillServer(programs, join(folder, 'postgres'))
    closing.push(() => server.stop())
    disk.wasFull = server.wasFull
    options.signal?.throwIfAborted()
    const built = await buildPlatform(server, source, programs)
    log.info(`the drill's target is PostgreSQL ${programs.major} in ${image?.name ?? folder}`)
    const objects = join(folder, 'objects')
    await mkdir(objects)
    const storage = await startStorageApi({
      databaseUrl: built.storageUrl,
      directory: objects,
      jwtSecret: randomBytes(32).toString('base64url'),
      limits: { global: Number.MAX_SAFE_INTEGER, standard: Number.MAX_SAFE_INTEGER },
    })
    closing.push(() => storage.stop())
    const database = parseConnection({ url: built.url }, phase)
    const loopback = await listenOnLoopback(database)
    closing.push(() => loopback.close())
    const superuserUrl = server.url(server.superuser.user, server.superuser.password)
    return {
      database,
      loopback: loopback.connection,
      superuser: parseConnection({ url: superuserUrl }, phase),
      storage: { url: storage.url, serviceRoleKey: storage.serviceRoleKey },
      findings: drillFindings({ wantedMajor, programs, confinement: server.confinement, ...built }),
      failure: (error) => orDrillDiskFull(error, disk),
      stop,
    }
  } catch (error) {
    await stop()
    throw orDrillDiskFull(error, disk)
  }
}

/**
 * Refuses a backup that no server here can be the target of, before anything of it is verified or restored.
 * A dump that cannot be read is the verification's to report.
 * @throws BackupError SANDBOX_SERVER_MISSING, DRILL_EXTENSION_MISSING, DRILL_IMAGE_UNUSABLE
 */
export async function refuseUndrillable(
  options: Pick<DrillTargetOptions, 'generation' | 'leaveOut' | 'config' | 'log'>,
): Promise<void> {
  const { generation, config, log } = options
  const source = await readSource(generation).catch(() => undefined)
  if (source === undefined) return
  const image = await findDrillImage({ config, log, fetch: true })
  await findDrillServer(needsOf(source, { leaveOut: options.leaveOut, notHeld: source.notHeld }), image)
}

/** What a drill's target is made to fit. */
interface DrillSource {
  contents: Contents
  recorded: CatalogFacts
  services: ServiceRecord['services']
  /** Entries that the backup was made without. */
  notHeld: string[]
}

async function readSource(generation: string): Promise<DrillSource> {
  const dump = join(generation, 'database', 'dump')
  const contents = existsSync(dump) ? await readContents(dump) : await emptyContents(generation)
  const partial = (await readManifest(generation).catch(() => undefined))?.partial
  return {
    contents,
    notHeld: partial === undefined ? [] : notHeldOf(partial, contents.entries),
    recorded: await readCatalogFacts(generation),
    services: await Array.fromAsync(savedFact(generation, services)),
  }
}

interface BuiltPlatform {
  /** A connection string of `postgres`, and one of the owner of the Storage schema. */
  url: string
  storageUrl: string
  /** Extensions with stand-ins of equal shape. */
  stoodIn: string[]
  services: ServiceDifferences
}

const storageOwner = 'supabase_storage_admin'

/** The platform as it is before anything of the user's is there: from here on no superuser is needed. */
async function buildPlatform(
  server: PostgresServer,
  { contents, recorded, services }: DrillSource,
  programs: DrillServer,
): Promise<BuiltPlatform> {
  const { url } = await installPlatform(server)
  const owners = new Map(
    contents.entries
      .filter(({ desc }) => desc === 'TABLE')
      .map(({ namespace, tag, owner }) => [`${namespace}.${tag}`, owner]),
  )
  const isServices = (table: string) => owners.get(table) === `supabase_${table.split('.')[0]}_admin`
  const client = await connectSuperuser(server)
  try {
    await runPlatformFiles(client, ['untrusted-contents'])
    const cronStandsIn = programs.lacking.includes('pg_cron')
    if (cronStandsIn) await runPlatformFiles(client, ['register-extension', 'cron'])
    const fitted = await fitServiceTables(client, { columns: recorded.columns, services }, isServices)
    const password = randomPassword()
    await setPassword(client, password, storageOwner)
    const wanted = recorded.extensions.map(({ name }) => name)
    return {
      ...{ url, storageUrl: server.url(storageOwner, password), services: fitted },
      stoodIn: [...stoodInAlways, ...(cronStandsIn ? ['pg_cron'] : [])].filter((name) =>
        wanted.includes(name),
      ),
    }
  } finally {
    await client.end()
  }
}

/** The drill compares schemas with pg_dump, which refuses a newer server. */
function clientsTooOld(major: number, clients: PostgresClients): BackupError {
  return new BackupError({
    code: 'DRILL_CLIENTS_TOO_OLD',
    message: `The nearest server programs for the drill are PostgreSQL ${major}, newer than the ${clients.describe}.`,
    suggestion: `Install the package postgresql-client-${major}, or set TEST_SUPABASE_DB_URL to a project of your own for the drill.`,
    phase,
    exitCode: ExitCode.configuration,
  })
}
