import { select } from '@inquirer/prompts'
import type { Component } from '../common/findings.ts'
import { type Target, type TargetSettings, targetReference } from './target.ts'
import { answer, type Terminal } from './terminal.ts'
import { typeTarget } from './type-target.ts'

/** Asks where to restore to: one of the configured targets, or a project that is typed in. */
export async function pickTarget(options: {
  targets: readonly Target[]
  /** A project that is refused also when it is typed in. */
  refused: TargetSettings | undefined
  components: readonly Component[]
  terminal: Terminal
}): Promise<Target> {
  const { targets, refused, components, terminal } = options
  const chosen = await answer(
    select<Target | undefined>(
      {
        message: 'Restore to which project?',
        pageSize: terminal.listLines,
        choices: [
          ...targets.map((target) => ({ value: target, name: describe(target), short: target.name })),
          { value: undefined, name: 'Another project, typed in', short: 'typed in' },
        ],
      },
      terminal,
    ),
  )
  return chosen ?? (await typeTarget({ refused, components, terminal }))
}

function describe({ kind, name, settings }: Target): string {
  const label = kind === 'test' ? 'The test project' : name
  return `${label}: ${targetReference(settings)}`
}
