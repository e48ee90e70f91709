import { orAborted } from '../common/abort.ts'
import { type Manifest, readManifest } from '../common/manifest.ts'
import { describeFile, identityPaths, listFiles, ownerOf } from './files.ts'
import { holdersOf } from './held.ts'

interface FileProblem {
  path: string
  problem: string
}

/** What a look at the files came to. */
export interface VerifiedFiles {
  manifest: Manifest
  problems: FileProblem[]
  /** How many files were to be there. */
  checked: number
}

/** Whether a file of a generation matters to somebody who wants these components. */
export function isWanted(path: string, components: readonly string[] | undefined): boolean {
  const owner = ownerOf(path)
  return (
    components === undefined ||
    owner === undefined ||
    components.includes(owner) ||
    identityPaths.includes(path)
  )
}

/**
 * Checks every file that the manifest lists against its recorded size and SHA-256, and that there is nothing else: no
 * file that it does not list, and nothing but plain files, which are the only ones that are opened.
 * What a component lists apart is checked by its `files.check`, against lists that are checked here.
 * @param components whose files matter; those of the others need not even be there. Undefined: everything, also what only
 *   another version of the toolkit knows
 * @param signal ends it, also while it waits for a disk that does not answer
 * @throws BackupError when the manifest itself cannot be believed.
 */
export async function verifyFiles(
  generation: string,
  components: readonly string[] | undefined = undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<VerifiedFiles> {
  return orAborted(compareFiles(generation, components, signal), signal)
}

async function compareFiles(
  generation: string,
  components: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<VerifiedFiles> {
  const manifest = await readManifest(generation)
  const holders = holdersOf(components, manifest)
  const problems: FileProblem[] = []
  const expected = new Map(Object.entries(manifest.files).filter(([path]) => isWanted(path, holders)))
  const checked = expected.size
  for await (const { path, odd } of listFiles(generation)) {
    signal.throwIfAborted()
    if (!isWanted(path, holders)) continue
    const recorded = expected.get(path)
    expected.delete(path)
    const problem = odd === undefined ? await fileProblem(generation, path, recorded) : `is ${odd}`
    if (problem !== undefined) problems.push({ path, problem })
  }
  for (const path of expected.keys())
    problems.push({ path, problem: isInside(path) ? 'missing' : 'leads out of the backup' })
  return { manifest, problems, checked }
}

async function fileProblem(
  generation: string,
  path: string,
  recorded: Manifest['files'][string] | undefined,
): Promise<string | undefined> {
  if (recorded === undefined) return 'unlisted'
  try {
    const actual = await describeFile(generation, path)
    if (actual.bytes !== recorded.bytes) return 'size differs'
    return actual.sha256 === recorded.sha256 ? undefined : 'content differs'
  } catch (error) {
    // One bad sector, or one file of somebody else, must not hide what else is wrong.
    return `cannot be read: ${error instanceof Error ? error.message : error}`
  }
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..')
}
