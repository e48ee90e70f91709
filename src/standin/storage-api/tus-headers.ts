import type { IncomingMessage } from 'node:http'
import { header } from './exchange.ts'

/** An answer of the resumable protocol that is no success: a status and a line of text. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const legal: Record<string, RegExp> = {
  'tus-resumable': /^1\.0\.0$/,
  'upload-length': /^\d+$/,
  'upload-offset': /^\d+$/,
  'upload-defer-length': /^1$/,
}

/** Throws unless the protocol's own headers are there and well formed. */
export function checkHeaders(request: IncomingMessage): void {
  if (header(request, 'tus-resumable') === undefined) throw new ProtocolError(412, 'Tus-Resumable Required\n')
  for (const [name, pattern] of Object.entries(legal)) {
    const value = header(request, name)
    if (value !== undefined && !pattern.test(value)) throw new ProtocolError(400, `Invalid ${name}\n`)
  }
  if (request.method === 'PATCH' && header(request, 'content-type') !== 'application/offset+octet-stream')
    throw new ProtocolError(400, 'Invalid content-type\n')
}
