import { plural } from '../common/units.ts'
import type { ComponentContents } from '../components/component.ts'
import { oneLine } from '../diff/lines.ts'
import { readIndex, readSecretDigests } from './index-file.ts'

/** Edge functions with their files, and the names of their secrets. */
export async function describeFunctions(generation: string): Promise<ComponentContents> {
  const functions = (await readIndex(generation)).map(({ slug, name, verifyJwt, entrypoint, files }) => ({
    ...{ slug, name, verifyJwt, entrypoint, files: files.length },
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  }))
  const secrets = (await readSecretDigests(generation))?.map(({ name }) => name) ?? []
  return {
    document: { functions, secrets },
    lines: [
      `Functions: ${functions.length}`,
      ...functions.map(({ slug, files }) => `  ${oneLine(slug)}: ${plural(files, 'file')}`),
    ],
  }
}
