import type { ComponentVerification } from '../components/component.ts'
import type { OpenRestores } from './open.ts'
import { progressIn, type ResumeState } from './resume-state.ts'

/** What comparing a target with a backup came to; `verification` of the run report. */
export type Verification = ComponentVerification

export const nothingCompared = (): Verification => ({ ok: true, counts: {}, differences: [], findings: [] })

const differencesReported = 100

/**
 * Compares a target with the generation that was restored into it, reading both anew.
 * @returns undefined where the restores have compared all that they brought
 */
export async function verifyRestore(
  { context, list }: OpenRestores,
  resumeState: ResumeState,
): Promise<Verification | undefined> {
  let verification: Verification | undefined
  for (const { name, restore } of list) {
    const found = await restore.verify(progressIn(resumeState, name), context.rollback)
    if (found === undefined) continue
    verification ??= nothingCompared()
    verification.ok &&= found.ok
    verification.differences.push(...found.differences)
    verification.findings.push(...found.findings)
    for (const [count, value] of Object.entries(found.counts))
      verification.counts[count] = (verification.counts[count] ?? 0) + value
  }
  return (
    verification && { ...verification, differences: verification.differences.slice(0, differencesReported) }
  )
}
