import { BackupError } from '../common/errors.ts'
import type { Log } from '../common/log.ts'
import type { Manifest } from '../common/manifest.ts'
import { plural } from '../common/units.ts'
import type { ComponentFlags } from '../components/component.ts'
import { findComponent } from '../components/list.ts'
import { componentsOf, readExtracted, restorableComponents, unknownComponents } from '../generation/held.ts'
import { verifyFiles } from '../generation/verify.ts'

const namesShown = 20

/**
 * Checks a generation, file by file, before anything is done with it.
 * @returns its manifest
 * @throws BackupError GENERATION_DAMAGED naming what is missing, surplus or altered; COMPONENT_MISSING for a wanted
 *   component that the backup does not hold
 */
export async function verifyGeneration(options: {
  generation: string
  components: readonly string[]
  /** Those that choose a part of a component: what was not chosen is not looked at. */
  flags: ComponentFlags
  log: Log
  signal: AbortSignal
}): Promise<Manifest> {
  const { generation, components, flags, log, signal } = options
  const { manifest, problems, checked } = await verifyFiles(generation, components, signal)
  const there = await restorableComponents(generation, manifest)
  const damage = problems.map(({ path, problem }) => `${path}: ${problem}`)
  const missing = components.filter((component) => !there.includes(component))
  if (missing.length > 0) throw await componentMissing(generation, missing, componentsOf(manifest))
  if (damage.length === 0)
    for (const name of components)
      damage.push(...((await findComponent(name)?.files.check?.({ generation, flags, log, signal })) ?? []))
  if (damage.length > 0) throw damaged(generation, damage)
  for (const name of unknownComponents(manifest))
    log.warn(`the backup also holds ${name}, which only a newer toolkit can restore`)
  log.info(
    `the backup of ${manifest.snapshotAt ?? manifest.startedAt} is whole: ${plural(checked, 'file')} as written`,
  )
  return manifest
}

function damaged(generation: string, damage: readonly string[]): BackupError {
  return new BackupError({
    code: 'GENERATION_DAMAGED',
    message: `The backup in ${generation} is damaged: ${plural(damage.length, 'file')} of it ${damage.length === 1 ? 'is' : 'are'} not as written.`,
    detail: damage.slice(0, namesShown).join('; '),
    suggestion:
      'Choose another archive; backup.sh --verify-repo --data tells whether the repository itself is sound.',
    phase: 'restore/verify',
  })
}

/**
 * As `verifyGeneration`, without what components list apart: for who checks each file of those when it is taken.
 * @throws BackupError GENERATION_DAMAGED
 */
export async function verifyLists(options: {
  generation: string
  components: readonly string[]
  signal: AbortSignal
}): Promise<Manifest> {
  const { generation, components, signal } = options
  const { manifest, problems } = await verifyFiles(generation, components, signal)
  if (problems.length > 0)
    throw damaged(
      generation,
      problems.map(({ path, problem }) => `${path}: ${problem}`),
    )
  return manifest
}

/**
 * A component that is not there: the backup never had it, or it was not extracted.
 * @param held what the backup as a whole has
 */
async function componentMissing(
  generation: string,
  missing: readonly string[],
  held: readonly string[],
): Promise<BackupError> {
  const extracted = await readExtracted(generation)
  const left = missing.filter((component) => held.includes(component))
  const names = missing.join(', ')
  return new BackupError({
    code: 'COMPONENT_MISSING',
    message:
      left.length > 0
        ? `Only a part of the archive ${extracted?.archive} lies in ${generation}; not there is: ${names}.`
        : `The backup does not hold: ${names}.`,
    suggestion:
      left.length > 0
        ? `Have it extracted again: --archive ${extracted?.archive}.`
        : `Choose another one, or restore only what it has: --only ${held.join(',')}.`,
    phase: 'restore/verify',
  })
}
