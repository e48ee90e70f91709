import { orAborted } from '../common/abort.ts'
import { type Manifest, readManifest } from '../common/manifest.ts'
import { describeFile, listFiles } from './files.ts'

export interface FileProblem {
  path: string
  problem: string
}

/**
 * Checks every file that the manifest lists against its recorded size and SHA-256, and that there is nothing else: no
 * file that it does not list, and nothing but plain files, which are the only ones that are opened.
 * The files below storage/objects are checked by `verifyStorageFiles`, against manifests that are checked here.
 * @param signal ends it, also while it waits for a disk that does not answer
 * @throws BackupError when the manifest itself cannot be believed.
 */
export async function verifyFiles(
  generation: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ manifest: Manifest; problems: FileProblem[] }> {
  return orAborted(compareFiles(generation, signal), signal)
}

async function compareFiles(
  generation: string,
  signal: AbortSignal,
): Promise<{ manifest: Manifest; problems: FileProblem[] }> {
  const manifest = await readManifest(generation)
  const problems: FileProblem[] = []
  const expected = new Map(Object.entries(manifest.files))
  for await (const { path, odd } of listFiles(generation)) {
    signal.throwIfAborted()
    const recorded = expected.get(path)
    expected.delete(path)
    const problem = odd === undefined ? await fileProblem(generation, path, recorded) : `is ${odd}`
    if (problem !== undefined) problems.push({ path, problem })
  }
  for (const path of expected.keys())
    problems.push({ path, problem: isInside(path) ? 'missing' : 'leads out of the backup' })
  return { manifest, problems }
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
