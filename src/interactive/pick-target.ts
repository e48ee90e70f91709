import { select } from '@inquirer/prompts'
import type { Component } from '../common/findings.ts'
import { isConfigured, sameProject, type Target, type TargetSettings, targetReference } from './target.ts'
import { answer, type Terminal } from './terminal.ts'
import { typeTarget } from './type-target.ts'

/**
 * Asks where to restore to: the configured test project, another configured project, or one that is typed in.
 * The source itself is not offered and is refused when typed: a restore over it is asked for by a flag.
 */
export async function pickTarget(options: {
  source: TargetSettings
  test: TargetSettings
  /** The other configured projects. */
  others: readonly Target[]
  components: readonly Component[]
  terminal: Terminal
}): Promise<Target> {
  const { source, test, others, components, terminal } = options
  const targets: Target[] = [{ kind: 'test', name: 'test', settings: test }, ...others]
  const offered = targets.filter(({ settings }) => isConfigured(settings) && !sameProject(settings, source))
  const chosen = await answer(
    select<Target | undefined>(
      {
        message: 'Restore to which project?',
        pageSize: terminal.listLines,
        choices: [
          ...offered.map((target) => ({ value: target, name: describe(target), short: target.name })),
          { value: undefined, name: 'Another project, typed in', short: 'typed in' },
        ],
      },
      terminal,
    ),
  )
  return chosen ?? (await typeTarget({ source, components, terminal }))
}

function describe({ kind, name, settings }: Target): string {
  const label = kind === 'test' ? 'The test project' : name
  return `${label}: ${targetReference(settings)}`
}
