import type { Server } from 'node:http'

/** A server of a stand-in that takes requests. */
export interface Listening {
  /** Such as `http://127.0.0.1:40123`. */
  address: string
  /** Ends what is under way, and resolves when nothing is taken any more. */
  stop(): Promise<void>
}

/** Has the server take requests. @param options.port default: any free one; `host` default: 127.0.0.1 */
export async function listen(
  server: Server,
  { port = 0, host = '127.0.0.1' }: { port?: number | undefined; host?: string | undefined },
): Promise<Listening> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return {
    address: `http://${host}:${address.port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
