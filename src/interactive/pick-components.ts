import { checkbox } from '@inquirer/prompts'
import type { Component } from '../common/findings.ts'
import { answer, type Terminal } from './terminal.ts'

const descriptions: Record<Component, string> = {
  database: 'tables, functions, policies, roles, users',
  storage: 'buckets and objects',
}

/** Asks which components to restore, all of them ticked; at least one. */
export async function pickComponents(
  available: readonly Component[],
  terminal: Terminal,
): Promise<Component[]> {
  return await answer(
    checkbox(
      {
        message: 'Which components?',
        required: true,
        pageSize: terminal.listLines,
        choices: available.map((value) => ({
          value,
          name: terminal.columns < 60 ? value : `${value.padEnd(9)}  ${descriptions[value]}`,
          short: value,
          checked: true,
        })),
      },
      terminal,
    ),
  )
}
