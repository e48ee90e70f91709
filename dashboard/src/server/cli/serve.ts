import { once } from 'node:events'
import { openApp } from '../app.ts'
import { lockDirectory } from '../db/directory-lock.ts'
import { putDamagedAside } from '../db/open.ts'
import { isLoopback } from '../http/security.ts'
import { loadPages, startServer, type TrustedProxies } from '../http/serve.ts'
import { Problem } from '../problem.ts'
import { plural } from '../toolkit.ts'
import { type CommandLine, usageProblem } from './arguments.ts'

/** How often it is asked whether the dashboard's own backup is due. */
const ownBackupEveryMs = 15 * 60_000

/** Serves until SIGINT, SIGTERM or SIGHUP. DASHBOARD_BUILD names the build, which dashboard.sh makes. */
export async function serveCommand(line: CommandLine): Promise<void> {
  const { directory, host, port, url: publicUrl } = line
  const alertsProxy = proxyOf(process.env['ALERTS_PROXY'])
  const unlock = lockDirectory(directory)
  const aside = putDamagedAside(directory)
  if (aside !== undefined) console.error(damaged(aside))
  const app = openApp({ directory, environment: process.env, publicUrl, alertsProxy })
  app.keys.finishRotation()
  const server = await startServer({
    app,
    place: { host, port, publicUrl },
    ...(await loadPages(process.env['DASHBOARD_BUILD'] ?? '')),
    trustProxy: trustedProxies(process.env['TRUST_PROXY']),
  }).catch((error: unknown) => {
    throw portProblem(error, port)
  })
  const address = publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${server.place.port}`
  console.log(`The dashboard is at ${address}`)
  if (!isLoopback(host) && !address.startsWith('https:'))
    console.log(
      'Anybody on the network between may read along: put a proxy with TLS before it, and say --url https://…',
    )
  if (app.firstRun.isNeeded())
    console.log(
      `Open this link once, to become its first admin:\n\n  ${address}/set-up#${app.firstRun.renew()}\n`,
    )
  const { keyId, file, broken } = app.keys.state()
  if (broken.length > 0)
    console.error(
      `${plural(broken.length, 'secret', 'secrets')} cannot be opened: ${keyId === null ? `the key file ${file} is gone` : `the key that sealed them is not in ${file}`}. Put back the copy that you keep elsewhere; if there is none, end this and type: npm run dashboard -- key new`,
    )
  const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')])
  const nightly = setInterval(() => app.ownBackup.makeIfDue(), ownBackupEveryMs)
  app.ownBackup.makeIfDue()
  await app.watch.start()
  app.begin()
  console.log('Ready.')
  await ended
  clearInterval(nightly)
  await server.stop()
  await app.close()
  unlock()
  process.exit(0)
}

/** What is lost with a database that cannot be read, and how it comes back. */
function damaged(aside: string): string {
  return `The database of the dashboard was damaged, and lies in ${aside} now. The index is made again from the files of the projects. Users, tokens, schedules, sealed secrets, settings, groups and the audit were in it alone. To bring them back from a backup of the dashboard: end this, put its directory aside, and type: npm run dashboard -- recover --from FILE`
}

/**
 * `ALERTS_PROXY`: a proxy that speaks HTTP. It is no setting of the screens: with it somebody could have alerts led anywhere.
 * @throws Problem USAGE, which does not say it, as a password may be in it
 */
function proxyOf(said: string | undefined): URL | undefined {
  if (said === undefined || said === '') return undefined
  const proxy = URL.canParse(said) ? new URL(said) : undefined
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol) || proxy.hostname === '')
    throw usageProblem('ALERTS_PROXY is no address of a proxy, such as http://proxy.example.com:3128.')
  if (proxy.pathname !== '/' || proxy.search !== '' || proxy.hash !== '')
    throw usageProblem(
      'ALERTS_PROXY has something after the port; a proxy is its host and port alone, such as http://proxy.example.com:3128.',
    )
  return proxy
}

/** `TRUST_PROXY`: `loopback`, or addresses and networks with commas between. Nobody else's word on a client's address is taken. */
function trustedProxies(said: string | undefined): TrustedProxies {
  if (said === undefined || said === '') return false
  return said === 'loopback' ? said : said.split(',').map((one) => one.trim())
}

function portProblem(error: unknown, port: number): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') return error
  return new Problem({
    status: 409,
    code: 'PORT_TAKEN',
    message: `Port ${port} is taken by another program.`,
    suggestion: 'Choose another: npm run dashboard -- --port 4318',
  })
}
