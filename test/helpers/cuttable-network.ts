import { connect as connectSocket, createServer, type Socket } from 'node:net'

/** `reset` breaks connections, `silence` swallows what is sent and leaves them open. */
type Cut = 'reset' | 'silence'

/** What stands between this machine and a database, and can be cut. */
export interface CuttableNetwork {
  /** As the server's URL, through it. */
  url: string
  /** Cuts every connection there is; new ones work, unless `all` says that they are cut as well. */
  cut(how: Cut, options?: { all?: boolean }): void
  /**
   * Cuts once a client sends the text.
   * @param moment `before` the server gets it, or `after` it has answered, and the answer is lost
   */
  cutAt(text: string, how: Cut, moment: 'before' | 'after', options?: { all?: boolean }): void
  /** Does something once a client sends the text, and only then lets the server have it. */
  actAt(text: string, act: () => Promise<void>): void
  /** Whether it has been cut since it was last mended. */
  readonly isCut: boolean
  /** New connections work again; and those that were cut in silence are broken now, as the server finds out. */
  mend(): void
  stop(): Promise<void>
}

interface Plan {
  text: string
  how: Cut
  moment: 'before' | 'after'
  all: boolean
}

/** Starts a proxy on a loopback port in front of a server that is spoken to without TLS. */
export async function startCuttableNetwork(serverUrl: string): Promise<CuttableNetwork> {
  const { hostname, port } = new URL(serverUrl)
  const pairs = new Set<{ client: Socket; server: Socket; silent: boolean }>()
  let newOnes: Cut | 'work' = 'work'
  let plan: Plan | undefined
  let action: { text: string; act: () => Promise<void> } | undefined
  let isCut = false

  const cut = (how: Cut, { all = false } = {}) => {
    isCut = true
    newOnes = all ? how : 'work'
    for (const pair of pairs) {
      pair.silent = true
      if (how === 'silence') continue
      pair.client.resetAndDestroy()
      pair.server.destroy()
    }
  }
  const carryOut = ({ how, all }: Plan) => {
    plan = undefined
    cut(how, { all })
  }
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (newOnes === 'reset') return void client.resetAndDestroy()
    const server = connectSocket({ host: hostname, port: Number(port), allowHalfOpen: true })
    const pair = { client, server, silent: newOnes === 'silence' }
    let answerIsLost: Plan | undefined
    pairs.add(pair)
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('data', (bytes) => {
      if (pair.silent) return
      const planned = plan?.text !== undefined && bytes.includes(plan.text) ? plan : undefined
      if (planned?.moment === 'before') return carryOut(planned)
      answerIsLost = planned
      if (action === undefined || !bytes.includes(action.text)) return void server.write(bytes)
      const { act } = action
      action = undefined
      client.pause()
      void act().then(() => {
        server.write(bytes)
        client.resume()
      })
    })
    server.on('data', (bytes) => {
      if (pair.silent) return
      if (answerIsLost) return carryOut(answerIsLost)
      client.write(bytes)
    })
    client.on('end', () => pair.silent || server.end())
    server.on('end', () => pair.silent || client.end())
    client.on('close', () => pair.silent || server.destroy())
    server.on('close', () => pair.silent || client.destroy())
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const url = new URL(serverUrl)
  url.port = address === null || typeof address === 'string' ? '' : String(address.port)
  const dropSilent = () => {
    for (const pair of pairs) {
      if (!pair.silent) continue
      pair.client.destroy()
      pair.server.destroy()
      pairs.delete(pair)
    }
  }
  return {
    url: url.href,
    cut,
    cutAt(text, how, moment, { all = false } = {}) {
      plan = { text, how, moment, all }
    },
    actAt(text, act) {
      action = { text, act }
    },
    get isCut() {
      return isCut
    },
    mend() {
      isCut = false
      newOnes = 'work'
      plan = undefined
      action = undefined
      dropSilent()
    },
    async stop() {
      for (const pair of pairs) pair.silent = true
      dropSilent()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}
