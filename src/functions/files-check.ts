import { join } from 'node:path'
import { sha256File } from '../common/files.ts'
import type { OfflineContext } from '../components/component.ts'
import { readIndex } from './index-file.ts'
import { functionsLayout, placeOf } from './layout.ts'

/** Compares the files of the functions with the hashes in the list of them; returns what is wrong, a line each. */
export async function checkSourceFiles({ generation, signal }: OfflineContext): Promise<string[]> {
  const { sources } = functionsLayout(generation)
  const wrong: string[] = []
  for (const source of await readIndex(generation))
    for (const { path, sha256 } of source.files) {
      signal.throwIfAborted()
      const place = placeOf(source, path)
      const found = await sha256File(join(sources, place)).catch((error: Error) => error.message)
      if (found !== sha256) wrong.push(`functions/sources/${place} is not as it was backed up: ${found}`)
    }
  return wrong
}
