import { parse } from 'tldts'

/** Suffixes of the public list that name no host of the world: reverse look-ups, `home.arpa`, and Tor. */
const withoutHosts = /(?:^|\.)(?:arpa|onion)$/

/**
 * Whether a name can be one of the whole world: it ends in a suffix of the Public Suffix List that a registry gives out, and has a name
 * before it. All others mean something in some network alone (`vault`, `printer.lan`, `kubernetes.default.svc`, `db.consul`), so that no
 * list of such names would ever be whole.
 */
export function isPublicName(host: string): boolean {
  const { isIcann, domain, publicSuffix } = parse(host.replace(/\.$/, ''), { allowPrivateDomains: false })
  return isIcann === true && domain !== null && !withoutHosts.test(publicSuffix ?? '')
}
