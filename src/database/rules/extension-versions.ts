/** An extension that a server offers in an older version than a backup was made with. */
export interface OlderExtension {
  name: string
  wanted: string
  offered: string
}

/** Whether both versions are numbers with dots and the first is the older one: of others nobody knows. */
export function isOlder(offered: string, wanted: string): boolean {
  const [one, other] = [numbersOf(offered), numbersOf(wanted)]
  if (one === undefined || other === undefined) return false
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function numbersOf(version: string): number[] | undefined {
  return /^\d+(\.\d+)*$/.test(version) ? version.split('.').map(Number) : undefined
}

/** For people: `vector 0.5.1 instead of 0.8.0`. */
export function describeOlder({ name, wanted, offered }: OlderExtension): string {
  return `${name} ${offered} instead of ${wanted}`
}

/** Those of a backup's extensions that a target has, or offers, in an older version. */
export function olderAt(
  recorded: readonly { name: string; version: string }[],
  target: {
    installed: readonly { name: string; version: string }[]
    offered: ReadonlyMap<string, string>
  },
): OlderExtension[] {
  return recorded.flatMap(({ name, version: wanted }) => {
    const installed = target.installed.find((each) => each.name === name)
    const offered = installed?.version ?? target.offered.get(name) ?? ''
    return isOlder(offered, wanted) ? [{ name, wanted, offered }] : []
  })
}
