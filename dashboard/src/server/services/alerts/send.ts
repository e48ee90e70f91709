import { lookup as resolveName } from 'node:dns'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { isInsideAddress } from '../project/addresses.ts'
import { AddressRefused, type Limits, requireAddress } from './guard.ts'
import { tunnelTo } from './tunnel.ts'

/** So many bytes of an answer are kept. */
const keptBytes = 600

/** A message as it is posted. */
export interface Outgoing {
  url: string
  headers: Record<string, string>
  body: string
}

/** What came of an attempt. */
export interface Sent {
  isDelivered: boolean
  /** It was sent in full, and nobody said whether it was taken. */
  mayHaveArrived?: boolean | undefined
  /** Whether it may go better later. */
  mayRetry: boolean
  /** The receiver wants none before that; milliseconds. */
  retryAfterMs?: number | undefined
  /** For people. */
  answer: string
}

/**
 * Posts to an address that somebody typed, once: no redirect is followed, and of the answer little is read, and nothing that a service of
 * this machine or its network says. Never throws.
 */
export async function send(outgoing: Outgoing, limits: Limits): Promise<Sent> {
  try {
    const { status, headers, text } = await exchange(outgoing, limits)
    return {
      isDelivered: status >= 200 && status < 300,
      // Whoever stands before the receiver has passed it on, and had no answer of it in time.
      mayHaveArrived: status === 504,
      mayRetry: status >= 500 || status === 429 || status === 408,
      retryAfterMs: waitOf(headers['retry-after'], Date.now()),
      answer: text === '' ? String(status) : `${status} ${text}`,
    }
  } catch (error) {
    const reason = error instanceof Error && error.message !== '' ? error.message : 'no connection'
    return {
      ...{ isDelivered: false, mayRetry: !(error instanceof AddressRefused), answer: reason },
      mayHaveArrived: error instanceof Unanswered,
    }
  }
}

/** A message that went out whole, to which no answer came. */
class Unanswered extends Error {}

/** `Retry-After`, seconds or a date (RFC 9110, 10.2.3), in milliseconds; undefined where it says nothing, or no time to come. */
function waitOf(said: string | undefined, now: number): number | undefined {
  if (said === undefined) return undefined
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - now
  return ms > 0 ? ms : undefined
}

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  text: string
}

async function exchange({ url, headers, body }: Outgoing, limits: Limits): Promise<Answer> {
  const target = new URL(url)
  const host = target.hostname.replace(/^\[|\]$/g, '')
  // A name is looked at when it is resolved; an address is not resolved.
  if (isIP(host) !== 0) requireAddress(host, limits)
  const signal = AbortSignal.timeout(limits.timeoutMs)
  const inTime = (error: unknown) =>
    signal.aborted ? new Error(`no answer in ${limits.timeoutMs / 1000} s`) : error
  const tunnel = await tunnelTo(target, limits, signal).catch((error: unknown) => {
    throw inTime(error)
  })
  const wanted = {
    ...{ method: 'POST', lookup: guardedLookup(limits), signal },
    headers: {
      // Over a connection that is made here it would have the port of HTTP.
      host: target.host,
      'user-agent': 'supabase-backup',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
  }
  return new Promise((resolve, reject) => {
    const request =
      tunnel === undefined
        ? (target.protocol === 'https:' ? httpsRequest : httpRequest)(target, { ...wanted, agent: false })
        : httpsRequest(target, { ...wanted, createConnection: () => overTunnel(tunnel, host) })
    request.once('error', (error) => {
      const reason = inTime(error)
      const { message } = reason instanceof Error ? reason : error
      reject(request.writableFinished ? new Unanswered(message) : reason)
    })
    request.once('response', (response) => {
      // Where a proxy has led is not known here.
      const isInside = tunnel !== undefined || isInsideAddress(response.socket.remoteAddress ?? '')
      void beginningOf(response).then((text) => {
        request.destroy()
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: isInside ? '' : text,
        })
      })
    })
    request.end(body)
  })
}

function overTunnel(socket: Socket, host: string): Socket {
  return connectTls({ socket, host, ...(isIP(host) === 0 && { servername: host }) })
}

/** Where an answer is cut off, its status has been said all the same, and to ask again would tell it twice. */
function beginningOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const finish = () => {
      const text = Buffer.concat(chunks).subarray(0, keptBytes).toString('utf8')
      resolve(text.replace(/\s+/g, ' ').trim())
    }
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= keptBytes) finish()
    })
    for (const event of ['end', 'error', 'close']) response.once(event, finish)
  })
}

/** Resolves a name for a connection, which then goes to an address that was looked at: another answer a moment later changes nothing. */
function guardedLookup(limits: Limits): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0)
      try {
        for (const { address } of addresses) requireAddress(address, limits)
      } catch (refusal) {
        if (!(refusal instanceof AddressRefused)) throw refusal
        return callback(refusal, '', 0)
      }
      if (options.all === true) return callback(null, addresses)
      const [first] = addresses
      if (first === undefined) return callback(new Error(`${hostname} has no address.`), '', 0)
      return callback(null, first.address, first.family)
    })
  }
}
