import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError, ExitCode } from '../common/errors.ts'
import { type Finding, finding } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { PostgresClients } from '../database/clients.ts'
import { type DatabaseConnection, parseConnection } from '../database/connection.ts'
import { readContents } from '../database/contents.ts'
import { readRecorded } from '../database/recorded.ts'
import type { StorageEndpoint } from '../storage/client.ts'
import { makeDrillFolder } from './drill-folder.ts'
import { buildPlatform, type DrillSource } from './drill-platform.ts'
import { type DrillServer, findDrillServer } from './drill-server.ts'
import {
  connectSuperuser,
  installPlatform,
  randomPassword,
  runPlatformFiles,
  setPassword,
} from './platform.ts'
import { type PostgresServer, startPostgres } from './postgres.ts'
import { startStorageApi } from './storage-api/server.ts'

const phase = 'sandbox/drill'

export interface DrillTargetOptions {
  /** Directory of the generation that will be restored, verified against its manifest. */
  generation: string
  /** Programs that can read the generation's dump. */
  clients: PostgresClients
  log: Log
  signal?: AbortSignal | undefined
}

/** A throwaway project to restore into. */
export interface DrillTarget {
  /** As `postgres`, who is not a superuser. */
  database: DatabaseConnection
  /** For what only the platform may do. */
  superuser: DatabaseConnection
  storage: StorageEndpoint
  /** In what the drill is not like one into a hosted project. */
  findings: Finding[]
  /** Ends it and removes everything. */
  stop(): Promise<void>
}

/**
 * Starts a project of its own for a drill: PostgreSQL of the dump's major version (or the nearest newer one there is)
 * with the platform's schemas as the dump has them, and a Storage API over it that accepts objects of any size. Where
 * the dump's own schemas cannot be built here, the toolkit's copy of the platform takes their place, and a finding says so.
 * @throws BackupError SANDBOX_SERVER_MISSING, SANDBOX_SERVER_FAILED, DRILL_CLIENTS_TOO_OLD, DRILL_FOLDER_UNREACHABLE
 */
export async function startDrillTarget(options: DrillTargetOptions): Promise<DrillTarget> {
  const { generation, clients, log } = options
  const source = await readSource(generation)
  const wantedMajor = Number.parseInt(source.contents.serverVersion, 10)
  const extensions = source.recorded.extensions.map(({ name }) => name)
  const programs = await findDrillServer(wantedMajor, extensions)
  if (programs.major > clients.major) throw clientsTooOld(programs.major, clients)
  const folder = await makeDrillFolder(generation)
  const closing = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const { server, url, findings } = await startDatabase({ ...options, folder, source, programs })
    closing.push(() => server.stop())
    log.info(`the drill's target is PostgreSQL ${programs.major} in ${folder}`)
    const superuserUrl = server.url(server.superuser.user, server.superuser.password)
    const objects = join(folder, 'objects')
    await mkdir(objects)
    const storage = await startStorageApi({
      databaseUrl: superuserUrl,
      directory: objects,
      jwtSecret: randomBytes(32).toString('base64url'),
      limits: { global: Number.MAX_SAFE_INTEGER, standard: Number.MAX_SAFE_INTEGER },
    })
    closing.push(() => storage.stop())
    return {
      database: parseConnection({ url }, phase),
      superuser: parseConnection({ url: superuserUrl }, phase),
      storage: { url: storage.url, serviceRoleKey: storage.serviceRoleKey },
      findings: [...majorFindings(wantedMajor, programs.major), ...findings],
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function readSource(generation: string): Promise<DrillSource> {
  const dump = join(generation, 'database', 'dump')
  return { dump, contents: await readContents(dump), recorded: await readRecorded(generation) }
}

interface DatabaseOptions extends DrillTargetOptions {
  folder: string
  source: DrillSource
  programs: DrillServer
}

/** A server with a platform, the source's own if it can be built: a connection string of `postgres`. */
async function startDatabase(
  options: DatabaseOptions,
): Promise<{ server: PostgresServer; url: string; findings: Finding[] }> {
  const { folder, signal, programs } = options
  const directory = join(folder, 'postgres')
  const server = await startPostgres({ directory, ...programs })
  try {
    return { server, ...(await buildFromDump(server, options)) }
  } catch (error) {
    await server.stop()
    signal?.throwIfAborted()
    await rm(directory, { recursive: true, force: true })
    const plain = await startPostgres({ directory, ...programs })
    const { url } = await installPlatform(plain)
    return { server: plain, url, findings: [fallbackFinding(error)] }
  }
}

async function buildFromDump(
  server: PostgresServer,
  { clients, source, signal }: DatabaseOptions,
): Promise<{ url: string; findings: Finding[] }> {
  const { user, password: superuserPassword } = server.superuser
  const superuser = parseConnection({ url: server.url(user, superuserPassword) }, phase)
  const password = randomPassword()
  const client = await connectSuperuser(server)
  try {
    const findings = await buildPlatform({ ...source, client, superuser, clients, signal })
    await runPlatformFiles(client, ['supautils', 'vault-key'])
    await setPassword(client, password)
    return { url: server.url('postgres', password), findings }
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

function majorFindings(wanted: number, major: number): Finding[] {
  if (wanted === major) return []
  const message = `The project runs PostgreSQL ${wanted}; the drill used ${major}, the nearest there are server programs of here.`
  return [finding({ component: 'database', severity: 'note', kind: 'drill-newer-server', message })]
}

function fallbackFinding(error: unknown): Finding {
  const cause = error instanceof Error ? error.message : String(error)
  return finding({
    component: 'database',
    severity: 'manual',
    kind: 'drill-platform-copy',
    message: `The drill's target was built from the toolkit's own copy of the platform, because the backup's managed schemas could not be built here: ${cause}`,
  })
}
