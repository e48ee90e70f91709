import { BackupError, ExitCode } from '../common/errors.ts'
import { componentNames } from './list.ts'

/**
 * The components that --only and --skip leave, in the order of work.
 * @param lists as they were typed: names between commas or spaces
 * @throws BackupError USAGE for a name that is none, and where nothing is left
 */
export function selectComponents(lists: { only: readonly string[]; skip: readonly string[] }): string[] {
  const only = lists.only.map(namesIn)
  const skip = lists.skip.flatMap(namesIn)
  const unknown = [...only.flat(), ...skip].find((name) => !componentNames.includes(name))
  if (unknown !== undefined)
    throw usageError(`there is no component "${unknown}". The components are: ${componentNames.join(' ')}.`)
  const left = componentNames.filter(
    (name) => only.every((names) => names.includes(name)) && !skip.includes(name),
  )
  if (left.length === 0) throw usageError('that leaves no component.')
  return left
}

function namesIn(list: string): string[] {
  return list.split(/[\s,]+/).filter((name) => name !== '')
}

function usageError(message: string): BackupError {
  return new BackupError({
    ...{ code: 'USAGE', message, suggestion: 'Try --help.' },
    phase: 'start',
    exitCode: ExitCode.usage,
  })
}
