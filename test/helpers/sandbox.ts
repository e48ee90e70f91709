import { execFile } from 'node:child_process'
import { access, chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { connectSuperuser, installPlatform, runPlatformFiles } from '../../src/drill/platform.ts'
import { type PostgresServer, startPostgres } from '../../src/drill/postgres.ts'

export interface TestPlatform {
  server: PostgresServer
  /** As `postgres`, who is not a superuser. */
  databaseUrl: string
  /** As `supabase_admin`. */
  superuserUrl: string
  /** The server's folder; a test may put files of its own beside `data/`. */
  directory: string
  /** Stops the server and removes its folder. */
  stop(): Promise<void>
}

const password = 'password-of-postgres-in-tests'
const settings = {
  max_connections: '40',
  shared_buffers: '16MB',
  wal_level: 'logical',
  // As the hosted platform's, for everyone.
  statement_timeout: '2min',
}

/**
 * A hosted-like server of its own for a test file, without any user's objects: a copy of a server prepared once per
 * run and major, which takes a fraction of a second.
 */
export async function startTestPlatform(options: { major?: 15 | 17 } = {}): Promise<TestPlatform> {
  const major = options.major ?? inject('major')
  const directory = await temporaryFolder(`supabase-backup-pg${major}-`)
  await copyFolder(await preparedServer(major), directory)
  const server = await startPostgres({ directory, major, settings })
  await renewVaultKey(server)
  return {
    server,
    databaseUrl: server.url('postgres', password),
    superuserUrl: server.url(server.superuser.user, server.superuser.password),
    directory,
    async stop() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The folder of the run's prepared server of this major. Workers may race: the first rename wins, all builds are equal. */
async function preparedServer(major: 15 | 17): Promise<string> {
  const prepared = join(inject('templates'), `pg${major}`)
  const exists = await access(prepared).then(
    () => true,
    () => false,
  )
  if (exists) return prepared
  const building = await mkdtemp(`${prepared}-building-`)
  const server = await startPostgres({ directory: building, major, settings })
  await installPlatform(server, password)
  await server.stop()
  await rename(building, prepared).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(building, { recursive: true, force: true })
  })
  return prepared
}

/** A folder the server's own user can reach. */
async function temporaryFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  await chmod(folder, 0o755)
  return folder
}

/** With owners kept, and sharing blocks where the file system can. */
async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', '--reflink=auto', `${from}/.`, to])
}

/** Two copies of one prepared server would share the key that no two real projects share. */
async function renewVaultKey(server: PostgresServer): Promise<void> {
  const client = await connectSuperuser(server)
  await runPlatformFiles(client, ['vault-key'])
  await client.end()
}
