import { lookup } from 'node:dns/promises'
import { type ClientRequest, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { isInsideAddress } from '../project/addresses.ts'
import { AddressRefused, type Limits, requireAddress } from './guard.ts'
import { isPublicName } from './public-name.ts'

/**
 * A connection to the host of an `https:` address through the proxy that the machine's operator names (`limits.proxy`); over it the
 * caller speaks TLS with the host itself, whose certificate is held to its name.
 *
 * What the name leads to is the proxy's to say, so what leads inside is refused before: addresses, names that lead there when they are
 * looked up here, and names that are none of the whole world, which the proxy's own network may give a meaning to. What is allowed to be
 * inside is spoken to directly.
 * @returns undefined where it is spoken to directly
 * @throws AddressRefused; an error that says what the proxy answered, and holds nothing of its address that is secret
 */
export async function tunnelTo(url: URL, limits: Limits, signal: AbortSignal): Promise<Socket | undefined> {
  const { proxy } = limits
  if (proxy === undefined || url.protocol !== 'https:') return undefined
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '')
  // Where names of the world are not known, as behind such a proxy, there are none.
  const addresses = isIP(host) ? [host] : await lookup(host, { all: true }).then(addressesOf, () => [])
  for (const address of addresses) requireAddress(address, limits)
  if (addresses.some(isInsideAddress)) return undefined
  if (isIP(host) === 0 && !isPublicName(host))
    throw new AddressRefused(
      `${host} is no public name, and may be one of a private network: the proxy is asked for public names alone.`,
    )
  return connect(proxy, `${url.hostname}:${url.port || 443}`, signal)
}

function addressesOf(found: { address: string }[]): string[] {
  return found.map(({ address }) => address)
}

function connect(proxy: URL, authority: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = connectRequest(proxy, authority, signal)
    request.once('connect', ({ statusCode, statusMessage }, socket: Socket) => {
      if (statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new Error(`the proxy ${proxy.host} answered ${statusCode} ${statusMessage}`))
    })
    // To CONNECT anything else is an answer without a tunnel.
    request.once('response', ({ statusCode, statusMessage }) => {
      request.destroy()
      reject(new Error(`the proxy ${proxy.host} answered ${statusCode} ${statusMessage}`))
    })
    request.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`the proxy ${proxy.host} was not reached: ${error.code ?? error.message}`)),
    )
    request.end()
  })
}

function connectRequest(proxy: URL, authority: string, signal: AbortSignal): ClientRequest {
  const { username, password } = proxy
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    ...{ method: 'CONNECT', path: authority, agent: false, signal },
    ...{ host: proxy.hostname.replace(/^\[|\]$/g, ''), port: proxy.port || undefined },
    headers: {
      host: authority,
      ...(username !== '' && { 'proxy-authorization': `Basic ${credentials.toString('base64')}` }),
    },
  })
}
