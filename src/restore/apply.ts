import type { ComponentResult } from '../common/findings.ts'
import type { ComponentRestore, RestoreContext } from '../components/component.ts'
import { keptSql, observeKept, reconcileKept } from './kept-rows.ts'
import type { OpenRestores } from './open.ts'
import { isRestored, progressIn, type ResumeState } from './resume-state.ts'

/**
 * Restores the components into the target, one after the other. What the resume state says is done is not done again.
 *
 * Restoring the database replaces rows by which others tell what the target has, such as its objects, and not what they
 * tell of. So that is noted before; the restored rows are marked in the very transaction; and afterwards they are made
 * to tell the truth. Once, for then the components that keep them may change them.
 */
export async function applyBackup(
  { context, list }: OpenRestores,
  resumeState: ResumeState,
): Promise<ComponentResult[]> {
  for (const { name, restore } of list) {
    context.signal.throwIfAborted()
    if (!isRestored(resumeState, name)) await bring(name, restore, context, resumeState)
    if (!restore.replacesRows || resumeState.done.rowsReconciled) continue
    context.signal.throwIfAborted()
    const findings = await reconcileKept(context, resumeState)
    const results = resumeState.done.results.map((result) =>
      result.component === name ? { ...result, findings: [...result.findings, ...findings] } : result,
    )
    await resumeState.note({ rowsReconciled: true, results })
  }
  return [...resumeState.done.results]
}

async function bring(
  name: string,
  restore: ComponentRestore,
  context: RestoreContext,
  resumeState: ResumeState,
): Promise<void> {
  if (restore.replacesRows) await observeKept(context, resumeState)
  const own = progressIn(resumeState, name, restore.replacesRows ? await keptSql() : '')
  const result = context.rollback ? await restore.undo(own) : await restore.restore(own)
  await resumeState.note({ results: [...resumeState.done.results, result] })
}
