import { readManifest } from '../../common/manifest.ts'
import type { Contents } from '../rules/contents.ts'

/** The table of contents of a backup that has no dump, as one of roles: of no entry, from the server that the manifest tells. */
export async function emptyContents(generation: string): Promise<Contents> {
  const { versions } = await readManifest(generation)
  const serverVersion = versions['server'] ?? ''
  return { archiveVersion: '', database: '', serverVersion, dumpVersion: serverVersion, entries: [] }
}
