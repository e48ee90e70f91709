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
import { buildPlatform } from './drill-platform.ts'
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
  const { generation, clients, log, signal } = options
  const dump = join(generation, 'database', 'dump')
  const contents = await readContents(dump)
  const recorded = await readRecorded(generation)
  const wantedMajor = Number.parseInt(contents.serverVersion, 10)
  const programs = await findDrillServer(
    wantedMajor,
    recorded.extensions.map(({ name }) => name),
  )
  if (programs.major > clients.major) throw clientsTooOld(programs.major, clients)
  const folder = await makeDrillFolder(generation)
  const closing = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    let server = await startServer(folder, programs)
    closing.push(() => server.stop())
    log.info(`the drill's target is PostgreSQL ${programs.major} in ${folder}`)
    const password = randomPassword()
    const findings = majorFindings(wantedMajor, programs.major)
    try {
      findings.push(...(await fromDump({ ...options, server, dump, contents, recorded, password })))
    } catch (error) {
      signal?.throwIfAborted()
      findings.push(fallbackFinding(error))
      await server.stop()
      await rm(join(folder, 'postgres'), { recursive: true, force: true })
      server = await startServer(folder, programs)
      await installPlatform(server, password)
    }
    const superuserUrl = server.url(server.superuser.user, server.superuser.password)
    await mkdir(join(folder, 'objects'))
    const unlimited = { global: Number.MAX_SAFE_INTEGER, standard: Number.MAX_SAFE_INTEGER }
    const storage = await startStorageApi({
      databaseUrl: superuserUrl,
      directory: join(folder, 'objects'),
      jwtSecret: randomBytes(32).toString('base64url'),
      limits: unlimited,
    })
    closing.push(() => storage.stop())
    return {
      database: parseConnection({ url: server.url('postgres', password) }, phase),
      superuser: parseConnection({ url: superuserUrl }, phase),
      storage: { url: storage.url, serviceRoleKey: storage.serviceRoleKey },
      findings,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function startServer(
  folder: string,
  { major, binDirectory, settings }: DrillServer,
): Promise<PostgresServer> {
  return startPostgres({ directory: join(folder, 'postgres'), major, binDirectory, settings })
}

async function fromDump(
  options: Omit<DrillTargetOptions, 'log'> & {
    server: PostgresServer
    dump: string
    contents: Awaited<ReturnType<typeof readContents>>
    recorded: Awaited<ReturnType<typeof readRecorded>>
    password: string
  },
): Promise<Finding[]> {
  const { server, password } = options
  const { user, password: superuserPassword } = server.superuser
  const superuser = parseConnection({ url: server.url(user, superuserPassword) }, phase)
  const client = await connectSuperuser(server)
  try {
    const findings = await buildPlatform({ ...options, client, superuser })
    await runPlatformFiles(client, ['supautils', 'vault-key'])
    await setPassword(client, password)
    return findings
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
