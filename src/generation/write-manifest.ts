import type { ComponentResult } from '../common/findings.ts'
import { formatOf, type Manifest, writeManifest } from '../common/manifest.ts'
import type { PartialBackup } from '../common/partial.ts'
import { describeFile, listFiles } from './files.ts'

export interface GenerationFacts {
  generation: string
  toolVersion: string
  runId: string
  project: Manifest['project']
  startedAt: string
  snapshotAt: string | null
  components: ComponentResult[]
  versions: Record<string, string>
  /** Which part of the database it is of; undefined for a full backup. */
  partial?: PartialBackup | undefined
}

/**
 * Hashes every file of a finished generation and writes its manifest, the last file to be written: a generation
 * without one was never finished.
 */
export async function writeGenerationManifest(options: GenerationFacts): Promise<Manifest> {
  const { generation, toolVersion, ...facts } = options
  const files: Manifest['files'] = {}
  for await (const { path, odd } of listFiles(generation)) {
    if (odd !== undefined) throw new TypeError(`${path} of the new generation is ${odd}`)
    files[path] = await describeFile(generation, path)
  }
  const manifest: Manifest = {
    format: formatOf(options),
    tool: { name: 'supabase-backup', version: toolVersion },
    ...facts,
    status: options.components.some(({ status }) => ['degraded', 'stale', 'failed'].includes(status))
      ? 'degraded'
      : 'complete',
    files,
  }
  await writeManifest(generation, manifest)
  return manifest
}
