import { checkbox } from '@inquirer/prompts'
import { findComponent } from '../components/list.ts'

import { answer, type Terminal } from './terminal.ts'

/** Asks which components to restore, all of them ticked; at least one. Who has one alone is not asked. */
export async function pickComponents(
  available: readonly string[],
  openTerminal: () => Terminal,
): Promise<string[]> {
  if (available.length === 1) return [...available]
  const terminal = openTerminal()
  return await answer(
    checkbox(
      {
        message: 'Which components?',
        required: true,
        pageSize: terminal.listLines,
        choices: available.map((value) => ({
          value,
          name: terminal.columns < 60 ? value : `${value.padEnd(9)}  ${findComponent(value)?.holds ?? ''}`,
          short: value,
          checked: true,
        })),
      },
      terminal,
    ),
  )
}
