import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reply } from './exchange.ts'
import type { Fault } from './faults.ts'

/**
 * Does the work of a request as far as the faults that strike it allow.
 * @returns the answer, or undefined when the connection is to end without one.
 */
export async function underFaults(
  faults: readonly Fault[],
  request: IncomingMessage,
  work: () => Promise<Reply>,
): Promise<Reply | undefined> {
  let reply: Reply | undefined
  for (const fault of faults) {
    if (fault.kind === 'delay') await sleep(fault.milliseconds)
    if (fault.kind === 'answer') reply ??= fault.reply
    if (fault.kind === 'reset' && fault.when === 'before') return undefined
    if (fault.kind === 'interrupt') {
      await receive(request, fault.bytes)
      return undefined
    }
  }
  reply ??= await work()
  if (!faults.some(({ kind }) => kind === 'reset')) return reply
  if (reply.body instanceof Readable) reply.body.destroy()
  return undefined
}

async function receive(request: IncomingMessage, bytes: number): Promise<void> {
  let received = 0
  for await (const chunk of request) {
    received += chunk.length
    if (received >= bytes) return
  }
}
