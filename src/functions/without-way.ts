import { finding } from '../common/findings.ts'
import type { ComponentRestore, RestoreContext } from '../components/component.ts'

const component = 'functions'

/**
 * The restore of the functions into a target of which only the database or Storage is configured: the others are restored, and
 * what was not is said.
 */
export function notRestored({ target }: RestoreContext): ComponentRestore {
  const message = `The functions of the backup were not restored to ${target.reference}: without its project reference and an access token there is no way to them. Set both for the target, or of a self-hosted one the folder of its functions (FUNCTIONS_DIR), then run restore.sh --only functions.`
  const result = {
    ...{ component, status: 'skipped' as const, seconds: 0, counts: {} },
    findings: [finding({ component, severity: 'manual', kind: 'functions-not-restored', count: 1, message })],
  }
  const skip = async () => result
  return {
    preview: async () => ({ document: { skipped: true }, lines: () => [message] }),
    restore: skip,
    undo: skip,
    verify: async () => undefined,
    async close() {},
  }
}
