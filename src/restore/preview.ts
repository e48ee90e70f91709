import { ExitCode } from '../common/errors.ts'
import type { Manifest } from '../common/manifest.ts'
import { describePartial } from '../common/partial-words.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { ComponentPreview } from '../components/component.ts'
import { componentNames } from '../components/list.ts'
import { componentsOf } from '../generation/held.ts'
import type { Project } from '../project/project.ts'
import { lackedBy, staleIn } from './backup-lacks.ts'
import type { RestoreCommand } from './command.ts'
import { previewKept } from './kept-rows.ts'
import { type OpenRestores, openRestores, restoreContext } from './open.ts'
import { judgeTarget, resolveTarget } from './resolve-target.ts'
import { verifyGeneration } from './verify-generation.ts'

/** What a restore would do to each component that it is about, by name, in the order of work. */
type Preview = ReadonlyMap<string, ComponentPreview>

/**
 * `restore.sh --preview`: verifies the backup, compares it with the target, says what a restore would change there, and
 * writes nothing. With `--rollback` the backup is the target as it was, and it is said what a rollback would change.
 * @throws BackupError for whatever a restore would be refused for
 */
export async function preview(command: RestoreCommand): Promise<WorkerOutcome> {
  const target = resolveTarget(command)
  const manifest = await verifyGeneration(command)
  const { arm } = await judgeTarget(command, manifest, target)
  const restores = await openRestores(restoreContext(command, { manifest, target, arm, disposable: false }))
  try {
    const found = await previewRestore(restores)
    const documents = componentNames.map((name) => [name, found.get(name)?.document ?? null])
    return {
      document: {
        ...{ status: 'previewed', snapshotAt: manifest.snapshotAt, target: target.reference },
        partial: manifest.partial ?? null,
        ...Object.fromEntries(documents),
      },
      text: [...introduction(manifest, target), ...previewLines(found, Number.POSITIVE_INFINITY)],
      exitCode: ExitCode.success,
    }
  } finally {
    await restores.close()
  }
}

/** Compares the target with the backup, as far as the restores are about it. */
export async function previewRestore({ context, list }: OpenRestores): Promise<Preview> {
  const found = new Map<string, ComponentPreview>()
  for (const { name, restore } of list) {
    const kept = restore.replacesRows ? await previewKept(context) : { rows: {}, findings: [] }
    found.set(name, await restore.preview(kept))
  }
  return found
}

/** From where to where, in lines; and what the backup has not, or only as it was before. */
export function introduction(manifest: Manifest, target: Project): string[] {
  const { project, partial } = manifest
  const taken = manifest.snapshotAt ?? manifest.startedAt
  const held = componentsOf(manifest)
  const degraded = manifest.status === 'degraded' ? ', a DEGRADED backup' : ''
  return [
    `From   ${project.name}${project.ref ? ` (${project.ref})` : ''}, as it was on ${taken}${degraded}`,
    ...(partial === undefined
      ? []
      : [`Part   a PARTIAL backup: ${describePartial(partial)}, and nothing else of the database`]),
    ...(partial === undefined && held.length === 1
      ? [`Holds  ${held.join()} alone: the backup has nothing else`]
      : []),
    `To     ${target.reference}${target.database ? `, database ${target.database.host}:${target.database.port}` : ''}`,
    ...lackedBy(manifest).map(
      (name) => `       ${name}: is not in this backup, as its own backup failed then`,
    ),
    ...staleIn(manifest, componentNames).map(
      ({ component, takenAt }) =>
        `       ${component}: as it was on ${takenAt}, as its own backup failed afterwards`,
    ),
  ]
}

/** @param limit how many lines of a kind; what is more is counted */
export function previewLines(found: Preview, limit: number): string[] {
  return [...found.values()].flatMap(({ lines }) => lines(limit))
}
