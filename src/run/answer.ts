import { rename, writeFile } from 'node:fs/promises'
import { readJsonFacts } from '../common/json-facts.ts'

/**
 * Reads a file of JSON for the script of a run, which waits for FILE.facts to be there. It asks somebody else where no answer
 * comes.
 */
export async function answerFacts(path: string): Promise<void> {
  const unfinished = `${path}.facts.unfinished`
  try {
    await writeFile(unfinished, await readJsonFacts(path), { mode: 0o600 })
    await rename(unfinished, `${path}.facts`)
  } catch (error) {
    // Of a journal that is read again: nobody waits any more, and the file may be gone.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}
