import { type Manifest, readManifest } from '../common/manifest.ts'
import { describeFile, listFiles } from './files.ts'

export interface FileProblem {
  path: string
  problem: 'missing' | 'unlisted' | 'size differs' | 'content differs'
}

/**
 * Checks every file that the manifest lists against its recorded size and SHA-256, and that there is no other.
 * The files below storage/objects are checked by `verifyStorageFiles`, against manifests that are checked here.
 * @throws BackupError when the manifest itself cannot be believed.
 */
export async function verifyFiles(
  generation: string,
): Promise<{ manifest: Manifest; problems: FileProblem[] }> {
  const manifest = await readManifest(generation)
  const problems: FileProblem[] = []
  const expected = new Map(Object.entries(manifest.files))
  for await (const path of listFiles(generation)) {
    const recorded = expected.get(path)
    expected.delete(path)
    if (recorded === undefined) {
      problems.push({ path, problem: 'unlisted' })
      continue
    }
    const actual = await describeFile(generation, path)
    if (actual.bytes !== recorded.bytes) problems.push({ path, problem: 'size differs' })
    else if (actual.sha256 !== recorded.sha256) problems.push({ path, problem: 'content differs' })
  }
  for (const path of expected.keys()) problems.push({ path, problem: 'missing' })
  return { manifest, problems }
}
