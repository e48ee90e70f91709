/** The `Upload-Metadata` header: pairs `name base64`, comma separated. */
export function decodeMetadata(header: string): Record<string, string> {
  const pairs = header.split(',').map((pair) => {
    const [name = '', value = ''] = pair.trim().split(' ')
    return [name, Buffer.from(value, 'base64').toString()] as const
  })
  const metadata = Object.fromEntries(pairs)
  return { ...metadata, cacheControl: cacheControl(metadata['cacheControl']) }
}

/** Only a number of seconds can be said; the service makes anything else `no-cache`. */
function cacheControl(seconds: string | undefined): string {
  return seconds !== undefined && /^\d+$/.test(seconds) ? `max-age=${seconds}` : 'no-cache'
}

export function encodeMetadata(metadata: Record<string, string>): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}
