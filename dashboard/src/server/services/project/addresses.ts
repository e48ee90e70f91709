import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { Values } from './variables.ts'

/**
 * Addresses that no project has: of the machine's own link, where clouds hand out the credentials of a machine (169.254.169.254), of
 * nobody, and of many. Private networks and the machine itself are allowed: self-hosted projects are there.
 */
const refused = blockListOf(
  ['169.254.0.0/16', '0.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4', '100.100.100.200/32'],
  ['fe80::/10', 'ff00::/8', '::/128', 'fd00:ec2::254/128'],
)

/** Of this machine, and of private networks. */
const inside = blockListOf(
  [
    '127.0.0.0/8',
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '192.0.0.0/24',
    '198.18.0.0/15',
  ],
  ['::1/128', 'fc00::/7'],
)

/** An address of IPv4 is also found where it is written as one of IPv6 (`::ffff:`), or reached through NAT64. */
function blockListOf(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of ipv4) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits))
    list.addSubnet(`64:ff9b::${address}`, 96 + Number(bits), 'ipv6')
  }
  for (const network of ipv6) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), 'ipv6')
  }
  return list
}

const named = /^(?:metadata|instance-data)(?:\.|$)|\.metadata\.|^metadata\.google\.internal\.?$/i

export type Resolve = (host: string) => Promise<string[]>

const resolve: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/** Whether an address is one that no project has, also where it is an IPv4 address written as one of IPv6. */
export function isRefusedAddress(address: string): boolean {
  return isIn(refused, address)
}

/** Whether an address is of this machine or of a private network. */
export function isInsideAddress(address: string): boolean {
  return isIn(inside, address)
}

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
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
