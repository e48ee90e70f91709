import { orAborted } from '../common/abort.ts'
import { BackupError } from '../common/errors.ts'
import type { Component } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import { type Manifest, newerComponents } from '../common/manifest.ts'
import { plural } from '../common/units.ts'
import { verifyFiles } from '../generation/verify.ts'
import { verifyStorageFiles } from '../storage/verify-files.ts'

const namesShown = 20

/**
 * Checks a generation, file by file and object by object, before anything is done with it.
 * @returns its manifest
 * @throws BackupError GENERATION_DAMAGED naming what is missing, surplus or altered; COMPONENT_MISSING for a wanted
 *   component that the backup does not hold
 */
export async function verifyGeneration(options: {
  generation: string
  components: readonly Component[]
  log: Log
  signal: AbortSignal
}): Promise<Manifest> {
  const { generation, components, log, signal } = options
  const { manifest, problems } = await verifyFiles(generation, signal)
  const held = manifest.components
    .filter(({ status }) => status !== 'skipped')
    .map((result) => result.component)
  const damage = problems.map(({ path, problem }) => `${path}: ${problem}`)
  if (damage.length === 0 && held.includes('storage') && components.includes('storage')) {
    const objects = await orAborted(verifyStorageFiles(generation, { log, signal }), signal)
    damage.push(...objects.differences.map(({ kind, name }) => `${name}: ${kind}`))
  }
  if (damage.length > 0)
    throw new BackupError({
      code: 'GENERATION_DAMAGED',
      message: `The backup in ${generation} is damaged: ${plural(damage.length, 'file')} of it ${damage.length === 1 ? 'is' : 'are'} not as written.`,
      detail: damage.slice(0, namesShown).join('; '),
      suggestion:
        'Choose another archive; backup.sh --verify-repo --data tells whether the repository itself is sound.',
      phase: 'restore/verify',
    })
  for (const name of await newerComponents(generation))
    log.warn(`the backup also holds ${name}, which only a newer toolkit can restore`)
  const missing = components.filter((component) => !held.includes(component))
  if (missing.length > 0)
    throw new BackupError({
      code: 'COMPONENT_MISSING',
      message: `The backup does not hold: ${missing.join(', ')}.`,
      suggestion: `Choose another one, or restore only what it has: --only ${held.join(',')}.`,
      phase: 'restore/verify',
    })
  log.info(
    `the backup of ${manifest.snapshotAt ?? manifest.startedAt} is whole: ${plural(Object.keys(manifest.files).length, 'file')} as written`,
  )
  return manifest
}
