import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '../../../test/helpers/command.ts'
import { alertingOf } from '../helpers/alerting.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'

const host = 'hooks.example.com'
const password = 'canary-of-a-proxy-4d07'
let app: TestApp
let folder: string
const servers: Server[] = []
const trusted = getCACertificates('default')
/** What a receiver with a certificate for `host` was sent, and where the proxy was asked to lead, with what it was told. */
const received: string[] = []
const asked: { authority: string | undefined; authorization: string | undefined }[] = []
let receiverPort: number
let proxy: URL
/** What the proxy says in the place of leading there. */
let refusal: string | undefined

async function listen<Listening extends Server>(server: Listening): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  app = await openTestApp()
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-proxy-'))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const made = await runCommand(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${host}`].concat(
      ...['-addext', `subjectAltName=DNS:${host},DNS:localhost`, '-keyout', key, '-out', cert],
    ),
    { env: { PATH: process.env['PATH'] } },
  )
  expect(made.code, made.stderr).toBe(0)
  const pem = await readFile(cert, 'utf8')
  setDefaultCACertificates([...trusted, pem])
  const receiver = createHttpsServer({ key: await readFile(key), cert: pem }, async (request, response) => {
    received.push(`${request.headers.host} ${await text(request)}`)
    response.end('a secret of a service inside')
  })
  receiverPort = await listen(receiver)
  const relay = createHttpServer()
  relay.on('connect', (request, socket) => {
    asked.push({ authority: request.url, authorization: request.headers['proxy-authorization'] })
    if (refusal !== undefined) return socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`)
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const to = connect(receiverPort, '127.0.0.1')
    socket.pipe(to).pipe(socket)
    for (const end of [socket, to]) end.on('error', () => {})
  })
  proxy = new URL(`http://ops:${password}@127.0.0.1:${await listen(relay)}`)
})
beforeEach(() => {
  received.length = 0
  asked.length = 0
  refusal = undefined
})
afterAll(async () => {
  setDefaultCACertificates(trusted)
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await rm(folder, { recursive: true, force: true })
  await app.remove()
})

function sendTest(
  url: string,
  { mayGoInside = false, by = proxy }: { mayGoInside?: boolean; by?: URL } = {},
) {
  const alerting = alertingOf(app, mayGoInside, by)
  return alerting.deliveries.test(alerting.channels.add('x', { kind: 'webhook', url }).channelId)
}

describe('a message by a proxy', () => {
  test('goes to a name that is not known here, by TLS with the receiver itself, and keeps the status of the answer alone', async () => {
    expect(await sendTest(`https://${host}/hook`)).toEqual({ isDelivered: true, answer: '200' })
    expect(received).toEqual([expect.stringMatching(/^hooks\.example\.com .*A test of this channel/)])
    const authorization = `Basic ${Buffer.from(`ops:${password}`).toString('base64')}`
    expect(asked).toEqual([{ authority: `${host}:443`, authorization }])
  })

  test('is not told to a receiver whose certificate is of another name', async () => {
    const sent = await sendTest('https://other.example.com/hook')
    expect(sent).toEqual({
      isDelivered: false,
      answer: expect.stringContaining("does not match certificate's"),
    })
    expect(received).toEqual([])
  })

  const localNames = [
    ...[
      'metadata.google.internal',
      'vault',
      'vault.',
      'printer.lan',
      'printer.lan.',
      'db.consul',
      'nas.local',
    ],
    ...[
      'kubernetes.default.svc',
      'a.svc.cluster.local',
      'a.localdomain',
      'router.home.arpa',
      'a.onion',
      'com',
    ],
    ...['api.k8s', 'hooks.example.test', 'no-such-suffix.zzz'],
  ]
  test.each<[url: string, reason: string]>([
    ['https://169.254.169.254/latest', 'nothing is sent to'],
    ['https://[::ffff:a9fe:a9fe]/', 'nothing is sent to'],
    ['https://10.0.0.1/', 'private network'],
    ['https://2130706433/', 'private network'],
    ['https://0x7f.1/', 'private network'],
    ['https://[fd00::1]/', 'private network'],
    ['https://localhost/', 'private network'],
    ...localNames.map((name): [string, string] => [`https://${name}/`, 'no public name']),
  ])('is not led to %s', async (url, reason) => {
    expect(await sendTest(url)).toEqual({ isDelivered: false, answer: expect.stringContaining(reason) })
    expect(asked).toEqual([])
  })

  test('to what is inside goes directly where that is allowed, and what is not encrypted never goes by it', async () => {
    const url = `https://localhost:${receiverPort}/hook`
    expect(await sendTest(url, { mayGoInside: true })).toEqual({ isDelivered: true, answer: '200' })
    expect(received).toHaveLength(1)
    expect((await sendTest(`http://${host}/hook`)).isDelivered).toBe(false)
    expect(asked).toEqual([])
  })

  test('says what the proxy answered, and nothing of what it is opened with', async () => {
    refusal = '407 Proxy Authentication Required'
    const refused = await sendTest(`https://${host}/hook`)
    expect(refused).toEqual({
      isDelivered: false,
      answer: `the proxy ${proxy.host} answered 407 Proxy Authentication Required`,
    })
    const gone = new URL(`http://ops:${password}@127.0.0.1:1`)
    expect(await sendTest(`https://${host}/hook`, { by: gone })).toEqual({
      isDelivered: false,
      answer: 'the proxy 127.0.0.1:1 was not reached: ECONNREFUSED',
    })
  })
})
