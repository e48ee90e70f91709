import { checkbox } from '@inquirer/prompts'
import { findComponent } from '../components/list.ts'

import { answer, type Terminal } from './terminal.ts'

/** Asks which components to restore, all of them ticked; at least one. */
export async function pickComponents(available: readonly string[], terminal: Terminal): Promise<string[]> {
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
