import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

interface Received {
  path: string
  body: string
  contentType: string | undefined
}

/** An HTTP server on loopback that keeps what it is sent and answers with the given statuses in turn, then with 200. */
export async function startHttpReceiver(statuses: number[] = []) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    received.push({ path: request.url ?? '', body, contentType: request.headers['content-type'] })
    response.writeHead(statuses.shift() ?? 200).end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface ReceivedMail {
  from: string
  to: string[]
  content: string
}

/** An SMTP server on loopback that wants this user and password, and keeps the mails. */
export async function startMailServer(user: string, password: string) {
  const received: ReceivedMail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.username === user && auth.password === password
        ? done(null, { user })
        : done(new Error('No such user')),
    async onData(stream, { envelope }, done) {
      const content = await text(stream)
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
      received.push({ from, to: envelope.rcptTo.map(({ address }) => address), content })
      done()
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    url: (credentials: string) => `smtp://${credentials}@127.0.0.1:${port}`,
    received,
    stop: () => new Promise<void>((done) => server.close(done)),
  }
}
