import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startProgram } from '../../src/common/process.ts'
import { freePort } from '../../src/drill/postgres.ts'

export interface Pooler {
  /** As the server's URL, with the pooler in front. */
  url: string
  stop(): Promise<void>
}

const nobody = 65_534

/** PgBouncer in front of a server, for one user: a stand-in for the hosted platform's pooler. */
export async function startPooler(serverUrl: string, mode: 'session' | 'transaction'): Promise<Pooler> {
  const { hostname, port: serverPort, username, password, pathname } = new URL(serverUrl)
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-pooler-'))
  const port = await freePort()
  const configuration = join(folder, 'pgbouncer.ini')
  await writeFile(join(folder, 'users.txt'), `"${username}" "${decodeURIComponent(password)}"\n`)
  await writeFile(
    configuration,
    [
      '[databases]',
      `* = host=${hostname} port=${serverPort}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = plain',
      `auth_file = ${folder}/users.txt`,
      `pool_mode = ${mode}`,
      'default_pool_size = 15',
    ].join('\n'),
  )
  const root = process.getuid?.() === 0
  for (const file of [folder, configuration, join(folder, 'users.txt')]) {
    await chmod(file, file === folder ? 0o700 : 0o600)
    if (root) await chown(file, nobody, nobody)
  }
  const drop = root ? [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []
  const pooler = startProgram({
    program: 'setpriv',
    args: ['--pdeathsig=INT', ...drop, '--', 'pgbouncer', '--quiet', configuration],
    env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    phase: 'test/pgbouncer',
  })
  pooler.stdout.resume()
  const stop = async () => {
    pooler.stop()
    const end = await pooler.ended
    await rm(folder, { recursive: true, force: true })
    return end
  }
  const url = new URL(serverUrl)
  url.port = String(port)
  url.pathname = pathname
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const client = new pg.Client(url.href)
    client.on('error', () => {})
    const connected = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => {})
    if (connected) return { url: url.href, stop: async () => void (await stop()) }
    await sleep(25)
  }
  throw new Error(`pgbouncer did not start (is it installed?): ${(await stop()).stderr}`)
}
