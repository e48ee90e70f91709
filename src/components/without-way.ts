import { finding } from '../common/findings.ts'
import type { ComponentRestore } from './component.ts'

/**
 * The restore of a component to a target of which only others can be reached: those are restored, and that this one was not is said.
 * @param message what was not restored, why, and what to do
 */
export function withoutWay(component: string, message: string): ComponentRestore {
  const kind = `${component}-not-restored`
  const findings = [finding({ component, severity: 'manual', kind, count: 1, message })]
  const skip = async () => ({ component, status: 'skipped' as const, seconds: 0, counts: {}, findings })
  return {
    preview: async () => ({ document: { skipped: true }, lines: () => ['', message] }),
    restore: skip,
    undo: skip,
    verify: async () => undefined,
    async close() {},
  }
}
