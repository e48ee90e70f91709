import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { Values } from './variables.ts'

/**
 * Addresses that no project has: of the machine's own link, where clouds hand out the credentials of a machine (169.254.169.254), of
 * nobody, and of many. Private networks and the machine itself are allowed: self-hosted projects are there.
 */
const refused = new BlockList()
refused.addSubnet('169.254.0.0', 16)
refused.addSubnet('0.0.0.0', 8)
refused.addSubnet('224.0.0.0', 4)
refused.addSubnet('240.0.0.0', 4)
refused.addAddress('100.100.100.200')
refused.addSubnet('fe80::', 10, 'ipv6')
refused.addSubnet('ff00::', 8, 'ipv6')
refused.addAddress('::', 'ipv6')
refused.addAddress('fd00:ec2::254', 'ipv6')

const named = /^(?:metadata|instance-data)(?:\.|$)|\.metadata\.|^metadata\.google\.internal\.?$/i

export type Resolve = (host: string) => Promise<string[]>

const resolve: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/** Whether an address is one that no project has, also where it is an IPv4 address written as one of IPv6. */
export function isRefusedAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const plain = mapped ?? address
  const family = isIP(plain)
  return family !== 0 && refused.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * What is wrong with the hosts that settings name, each completing the name of the setting. A name is looked up, as one may lead
 * anywhere; one that cannot be is left to the trial, which says so.
 */
export async function addressProblems(
  values: Values,
  look: Resolve = resolve,
): Promise<{ name: string; message: string }[]> {
  const problems = await Promise.all(
    Object.entries(values).map(async ([name, value]) => {
      const host = hostOf(name, value)
      if (host === undefined) return undefined
      const addresses = isIP(host) ? [host] : await look(host).catch((): string[] => [])
      if (!named.test(host) && !addresses.some(isRefusedAddress)) return undefined
      return { name, message: `leads to ${host}, where no project can be` }
    }),
  )
  return problems.filter((problem) => problem !== undefined)
}

/** The host in a value that is an address of any kind; undefined where there is none. */
function hostOf(name: string, value: string): string | undefined {
  if (/_DB_POOLER$/.test(name)) return value
  const remote = name === 'BORG_REPO' ? /^(?:[^/@:]*@)?([^/:@]+):(?!\/\/)/.exec(value)?.[1] : undefined
  if (remote !== undefined) return remote
  if (!URL.canParse(value) || !value.includes('://')) return undefined
  // Of a scheme that the browser's rules do not know the host is taken as it stands: 0x7f.1 would be no address there.
  const { hostname } = new URL(value.replace(/^[a-z+]+:\/\//i, 'http://'))
  return hostname.replace(/^\[|\]$/g, '')
}
