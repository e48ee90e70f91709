import { type Channel, dividedFields } from './channel-kinds.ts'

/** Shorter ones would mask words that are no secret. */
const shortest = 6

/** A receiver may answer with what it was sent, such as the path of its own address: none of it is kept. */
export function masked(answer: string, channel: Channel): string {
  const secrets = Object.values(dividedFields(channel).secrets).map(String)
  return [...new Set(secrets.flatMap(partsOf))]
    .filter((part) => part.length >= shortest)
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, part) => text.replaceAll(part, '***'), answer)
}

/** A secret, and what of an address is one: what comes after its host, and who signs in. */
function partsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return [secret]
  const { href, pathname, search, searchParams, username, password } = new URL(secret)
  const words = [...pathname.split('/'), ...searchParams.values(), username, password]
  const parts = [secret, href, `${pathname}${search}`, ...words]
  return [...parts, ...parts.flatMap(decoded)]
}

function decoded(text: string): string[] {
  try {
    return [decodeURIComponent(text)]
  } catch {
    return []
  }
}
