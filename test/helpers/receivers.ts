import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

interface Received {
  path: string
  body: string
  contentType: string | undefined
  headers: IncomingHttpHeaders
}

/** A status, perhaps with headers; or it says nothing for ever, hangs up without an answer, or in the middle of one. */
export type ReceiverAnswer =
  | number
  | { status: number; headers: Record<string, string> }
  | 'silence'
  | 'hang up'
  | 'half an answer'

/** An HTTP server on loopback that keeps what it is sent and answers as it is told in turn, then with 200. */
export async function startHttpReceiver(answers: ReceiverAnswer[] = []) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const { url: path = '', headers } = request
    received.push({ path, body, contentType: headers['content-type'], headers })
    const answer = answers.shift() ?? 200
    if (answer === 'silence') return
    if (answer === 'hang up') request.socket.destroy()
    else if (answer === 'half an answer') {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('o', () => request.socket.destroy())
    } else if (typeof answer === 'number') response.writeHead(answer).end('ok')
    else response.writeHead(answer.status, answer.headers).end(`no ${request.url}`)
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
