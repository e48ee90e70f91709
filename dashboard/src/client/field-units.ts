import { formatBytes } from './units'

/** Fields of reports, previews and comparisons that are sizes. All others count things, as `objectsWithoutBytes` does. */
const sizes: ReadonlySet<string> = new Set([
  ...['bytes', 'totalBytes', 'dumpBytes', 'databaseBytes', 'largeObjectBytes'],
  ...['originalBytes', 'compressedBytes', 'newBytes', 'repositoryBytes'],
  ...['bytesFetched', 'bytesReceived', 'bytesSent', 'bytesHashed', 'bytesReused', 'bytesSalvaged'],
  ...['bytesToFetch', 'bytesToReuse', 'bytesToSend', 'bytesBefore', 'bytesAfter'],
])

/** A number as people read it, with the unit that its field has. */
export function shownCount(field: string, count: number): string {
  return sizes.has(field) ? formatBytes(count) : count.toLocaleString('en-US')
}
