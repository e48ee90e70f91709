import { ExitCode } from '../common/errors.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { joinDocuments } from '../components/join-documents.ts'
import { ableTo } from './able.ts'
import type { RestoreCommand } from './command.ts'
import { requireConfirmation } from './confirmation.ts'
import { restoreContext } from './open.ts'
import { judgeTarget, resolveTarget } from './resolve-target.ts'
import { verifyGeneration } from './verify-generation.ts'

/** `restore.sh --arm` on its own: wakes what acts on the world and an earlier restore left asleep. */
export async function arm(given: RestoreCommand): Promise<WorkerOutcome> {
  const able = ableTo('arm', given)
  const command = { ...given, components: able.map(({ name }) => name) }
  const target = resolveTarget(command)
  const manifest = await verifyGeneration(command)
  await judgeTarget(command, manifest, target)
  const what = able.flatMap((component) => component.arm?.what ?? []).join(', ')
  await requireConfirmation(command, target, async () => [
    `From   ${manifest.project.name}, as it was on ${manifest.snapshotAt ?? manifest.startedAt}`,
    `To     ${target.reference}`,
    `       its ${what} start working, as in the backup; nothing else changes`,
  ])
  const context = restoreContext(command, { manifest, target, arm: true, disposable: false })
  const documents: Record<string, unknown>[] = []
  const notArmed: string[] = []
  for (const { name, arm: role } of able) {
    const woken = await role?.run({ ...context, log: context.log.child(name) })
    if (woken === undefined) continue
    documents.push(woken.document)
    notArmed.push(...woken.failed)
  }
  for (const name of notArmed) command.log.warn(`not armed: ${name}`)
  const complete = notArmed.length === 0
  return {
    document: {
      status: complete ? 'complete' : 'degraded',
      target: target.reference,
      armed: joinDocuments({ notArmed }, documents),
    },
    exitCode: complete ? ExitCode.success : ExitCode.degraded,
  }
}
