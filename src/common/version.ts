import { readFile } from 'node:fs/promises'
import { z } from 'zod'

const packageSchema = z.object({ version: z.string() })

/** The toolkit's version, from package.json. */
export async function toolVersion(): Promise<string> {
  return packageSchema.parse(
    JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')),
  ).version
}
