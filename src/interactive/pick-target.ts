import { select } from '@inquirer/prompts'

import { type ProjectSettings, projectReference } from '../project/settings.ts'
import type { UnusableTarget } from './configured-targets.ts'
import type { Target } from './target.ts'
import { answer, type Terminal } from './terminal.ts'
import { typeTarget } from './type-target.ts'

/** Asks where to restore to: one of the configured targets, or a project that is typed in. */
export async function pickTarget(options: {
  usable: readonly Target[]
  /** Shown with the reason, for nobody to look in vain for a target. */
  unusable: readonly UnusableTarget[]
  /** A project that is refused also when it is typed in. */
  refused: ProjectSettings | undefined
  components: readonly string[]
  terminal: Terminal
}): Promise<Target> {
  const { usable, unusable, refused, components, terminal } = options
  const chosen = await answer(
    select<Target | undefined>(
      {
        message: 'Restore to which project?',
        pageSize: terminal.listLines,
        choices: [
          ...usable.map((target) => ({ value: target, name: describe(target), short: target.name })),
          { value: undefined, name: 'Another project, typed in', short: 'typed in' },
          ...unusable.filter(isWorthShowing).map(({ name, reason }) => ({
            ...{ value: undefined, name, short: name },
            disabled: `(${reason.message})`.slice(0, Math.max(10, terminal.columns - name.length - 4)),
          })),
        ],
      },
      terminal,
    ),
  )
  return chosen ?? (await typeTarget({ refused, components, terminal }))
}

/** That there is no test project, or that the origin is no target, surprises nobody. */
function isWorthShowing({ reason }: UnusableTarget): boolean {
  return !['TARGET_INCOMPLETE', 'TARGET_IS_SOURCE'].includes(reason.code)
}

function describe({ kind, name, settings }: Target): string {
  const label = kind === 'test' ? 'The test project' : name
  return `${label}: ${projectReference(settings)}`
}
