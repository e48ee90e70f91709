import { createServer, connect as open, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { DatabaseConnection } from '../database/connect/connection.ts'

/**
 * Lets programs that know no sockets reach a server that listens on one only: a port of the loopback interface, on this
 * side of the server's confinement.
 * @returns the connection through it; `close` ends it and every connection
 */
export async function listenOnLoopback(
  connection: DatabaseConnection,
): Promise<{ connection: DatabaseConnection; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((outside) => {
    const inside = open(`${connection.host}/.s.PGSQL.${connection.port}`)
    for (const socket of [outside, inside]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    // Either side may hang up at any time.
    pipeline(outside, inside, outside).catch(() => {})
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    connection: { ...connection, host: '127.0.0.1', port: address.port },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
