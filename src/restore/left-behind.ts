import { BackupError } from '../common/errors.ts'
import type { LeftBehind } from '../components/component.ts'
import { findComponent } from '../components/list.ts'
import type { OpenRestores } from './open.ts'
import { isRestored, progressIn, type ResumeState } from './resume-state.ts'

const unchanged: LeftBehind = { isUnchanged: true, state: 'The target is unchanged.' }

/**
 * In what state a failure leaves the target, and how to go on from there; undefined where the error says so itself.
 * @param restores undefined where they could not be opened
 * @param resumeState undefined where nothing was begun
 */
export function leftBehind(
  error: BackupError,
  components: readonly string[],
  restores: OpenRestores | undefined,
  resumeState: ResumeState | undefined,
): LeftBehind | undefined {
  if (resumeState === undefined) return unchanged
  const done = components.filter((name) => isRestored(resumeState, name))
  const open = components.filter((name) => !done.includes(name))
  const isResumable = restores?.list.every(({ restore }) => restore.isResumable !== false) ?? true
  if (done.length > 0) return partlyDone(done, open, isResumable)
  const first = restores?.list.find(({ name }) => name === open[0])
  // A restore that is resumed may have got to its COMMIT before.
  if (first === undefined) return undefined
  if (first.restore.left) return first.restore.left(progressIn(resumeState, first.name), error)
  return {
    isUnchanged: false,
    state: `A part of ${titleOf(first.name)} may be restored; repeating what is done costs nothing.`,
    next: 'restore.sh --resume goes on.',
  }
}

function partlyDone(done: readonly string[], open: readonly string[], isResumable: boolean): LeftBehind {
  const titles = listed(done.map(titleOf))
  const subject = `${titles[0]?.toUpperCase()}${titles.slice(1)} ${done.length === 1 ? 'is' : 'are'}`
  if (!isResumable)
    return { isUnchanged: false, state: `The chosen part of ${titles} is restored and committed.` }
  const rest = listed([...open.map(titleOf), 'the comparison with the backup'])
  return {
    isUnchanged: false,
    state: `${subject} restored and committed; ${rest} did not finish.`,
    next: `restore.sh --resume finishes it without touching ${titles} again.`,
  }
}

function titleOf(name: string): string {
  return findComponent(name)?.title ?? name
}

/** `a, b and c` */
function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ')
}

/**
 * The error, saying that as well.
 * @param reference the target's, so that the command that goes on can be typed as it stands, without a terminal too
 */
export function withWhatIsLeft(
  error: BackupError,
  left: LeftBehind | undefined,
  reference: string,
): BackupError {
  const { state = '', next = '' } = left ?? {}
  const then = error.code === 'INTERRUPTED' ? next : `${error.suggestion} Then: ${next}`
  const suggestion = next === '' ? error.suggestion : then
  return new BackupError({
    ...error.toJSON(),
    message: `${error.message} ${state}`.trim(),
    detail: error.detail,
    suggestion: suggestion.replaceAll(
      'restore.sh --resume',
      () => `restore.sh --resume --confirm ${reference}`,
    ),
    exitCode: error.exitCode,
    cause: error.cause,
  })
}
