import { connect, createServer, type Socket } from 'node:net'

export interface SessionPoolerStandin {
  /** An address of the loopback interface that is this pooler's own: its port is 5432, like every session pooler's. */
  host: string
  /** So many logins to come are refused as with a wrong password (28P01), before the server hears of them. */
  refusals: number
  /** The users that sessions were begun with, as clients named them. */
  users: string[]
  stop(): Promise<void>
}

const sessionPort = 5432
const askForTls = 80_877_103
const startup = 196_608
let started = 0

/** In front of a server, for users `role.reference`: the server is told the role, as the platform's session pooler does. Without TLS. */
export async function startSessionPooler(serverUrl: string): Promise<SessionPoolerStandin> {
  const { port } = new URL(serverUrl)
  started += 1
  const host = `127.${64 + started}.${(process.pid >> 8) & 255}.${(process.pid & 127) + 1}`
  const open = new Set<Socket>()
  const server = createServer((client) => {
    open.add(client.on('error', () => {}).on('close', () => open.delete(client)))
    let held = Buffer.alloc(0)
    client.on('data', function first(chunk) {
      held = Buffer.concat([held, Buffer.from(chunk)])
      const length = held.length < 8 ? Number.POSITIVE_INFINITY : held.readInt32BE(0)
      if (held.length < length) return
      const [message, rest, code] = [held.subarray(0, length), held.subarray(length), held.readInt32BE(4)]
      held = rest
      if (code === askForTls) return void client.write('N')
      client.off('data', first)
      pass(client, code === startup ? begin(client, message) : message, rest)
    })
  })

  /** The start of a session with the reference taken off the user; undefined of one that was refused. */
  function begin(client: Socket, message: Buffer): Buffer | undefined {
    const fields = message.subarray(8).toString('utf8').split('\0')
    const at = fields.indexOf('user') + 1
    pooler.users.push(fields[at] ?? '')
    if (pooler.refusals > 0) {
      pooler.refusals -= 1
      client.end(refusal(fields[at] ?? ''))
      return undefined
    }
    fields[at] = (fields[at] ?? '').replace(/\.[a-z]{20}$/, '')
    return packet(startup, fields.join('\0'))
  }

  function pass(client: Socket, first: Buffer | undefined, rest: Buffer): void {
    if (first === undefined) return
    const upstream = connect({ host: '127.0.0.1', port: Number(port) })
    open.add(upstream.on('error', () => client.destroy()).on('close', () => open.delete(upstream)))
    client.on('close', () => upstream.destroy())
    upstream.write(Buffer.concat([first, rest]))
    client.pipe(upstream).pipe(client)
  }

  const pooler: SessionPoolerStandin = {
    ...{ host, refusals: 0, users: [] },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(sessionPort, host, resolve),
  )
  return pooler
}

function packet(code: number, text: string): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + Buffer.byteLength(text), 0)
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, Buffer.from(text)])
}

function refusal(user: string): Buffer {
  const body = `SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "${user}"\0\0`
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(4 + Buffer.byteLength(body), 1)
  return Buffer.concat([head, Buffer.from(body)])
}
