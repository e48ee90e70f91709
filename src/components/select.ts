import { BackupError, ExitCode } from '../common/errors.ts'
import { type Problem, problemsError } from '../config/problem.ts'
import type { Settings } from '../config/variables.ts'
import type { Component } from './component.ts'
import { componentNames, components } from './list.ts'

/**
 * The components that --only and --skip leave, in the order of work.
 * @param lists as they were typed: names between commas or spaces; a flag that is given twice names those of both
 * @param lists.partial whether a part of something is backed up: that alone, unless more is named
 * @throws BackupError USAGE for a name that is none, and where nothing is left, or nothing that a part is of
 */
export function selectComponents(lists: {
  only: readonly string[]
  skip: readonly string[]
  partial?: boolean
}): string[] {
  const inParts = components.filter(({ takesParts }) => takesParts).map(({ name }) => name)
  const unnamed = lists.partial ? inParts : componentNames
  const only = lists.only.length === 0 ? unnamed : lists.only.flatMap(namesIn)
  const skip = lists.skip.flatMap(namesIn)
  const unknown = [...only, ...skip].find((name) => !componentNames.includes(name))
  if (unknown !== undefined)
    throw usageError(`there is no component "${unknown}". The components are: ${componentNames.join(' ')}.`)
  const left = componentNames.filter((name) => only.includes(name) && !skip.includes(name))
  if (left.length === 0) throw usageError('that leaves no component.')
  if (lists.partial && !left.some((name) => inParts.includes(name)))
    throw usageError(
      `--type, --schema and --exclude-table are about the ${inParts.join(', ')}, which --only or --skip leaves out.`,
    )
  return left
}

/** Those of the chosen components that another of them does not hold already. @param known all there are; tests give others */
export function withoutContained(
  chosen: readonly string[],
  known: readonly Pick<Component, 'name' | 'within'>[] = components,
): string[] {
  const contained = known.filter(({ within }) => within !== undefined && chosen.includes(within))
  return chosen.filter((name) => !contained.some((component) => component.name === name))
}

/** A component that is not backed up, as the settings lack for it. */
export interface Unconfigured {
  name: string
  problem: Problem
  /** What the backup is without, in a sentence. */
  lost: string
}

/**
 * Those of the chosen components that may be left out of a backup, and have to be, as the settings lack for them.
 * @param options.named that the operator named what is to be backed up
 * @param options.known all there are; tests give others
 * @throws BackupError what the settings lack, where one was named or nothing else is left
 */
export function unconfiguredComponents(options: {
  chosen: readonly string[]
  named: boolean
  settings: Settings
  known?: readonly Component[]
}): Unconfigured[] {
  const { chosen, named, settings, known = components } = options
  const found: Unconfigured[] = []
  for (const { name, configuration } of known) {
    if (!chosen.includes(name) || !configuration.optional) continue
    const problem = configuration.missing(settings)
    if (problem !== undefined) found.push({ name, problem, lost: configuration.lost })
  }
  const error = problemsError(found.map(({ problem }) => problem))
  if (error !== undefined && (named || found.length === chosen.length)) throw error
  return found
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

/** What every backup of a project has to hold, by its settings: a component that may be left out is none of these. */
export function neededBy(settings: Settings): Component[] {
  return components.filter(
    ({ configuration }) => !configuration.optional && configuration.missing(settings) === undefined,
  )
}
