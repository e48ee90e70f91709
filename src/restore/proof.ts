import type { ComponentVerification } from '../components/component.ts'
import type { OpenRestores } from './open.ts'
import { progressOf, type RestoreProgress } from './progress.ts'

/** What comparing a target with a backup came to; `verification` of the run report. */
export type Proof = ComponentVerification

export const nothingCompared = (): Proof => ({ ok: true, counts: {}, differences: [], findings: [] })

const differencesReported = 100

/**
 * Compares a target with the generation that was restored into it, reading both anew.
 * @returns undefined where the restores have compared all that they brought
 */
export async function proveEqual(
  { context, list }: OpenRestores,
  progress: RestoreProgress,
): Promise<Proof | undefined> {
  let proof: Proof | undefined
  for (const { name, restore } of list) {
    const found = await restore.verify(progressOf(progress, name), context.rollback)
    if (found === undefined) continue
    proof ??= nothingCompared()
    proof.ok &&= found.ok
    proof.differences.push(...found.differences)
    proof.findings.push(...found.findings)
    for (const [count, value] of Object.entries(found.counts))
      proof.counts[count] = (proof.counts[count] ?? 0) + value
  }
  return proof && { ...proof, differences: proof.differences.slice(0, differencesReported) }
}
