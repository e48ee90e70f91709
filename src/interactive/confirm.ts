import { input } from '@inquirer/prompts'
import { answer, type Terminal } from './terminal.ts'

/**
 * Shows what is about to happen and lets it happen only when the target's reference is typed in full.
 * @param preview what will change, line by line
 * @throws BackupError INTERRUPTED on Ctrl-C, the only other way out
 */
export async function confirmByReference(options: {
  reference: string
  preview: readonly string[]
  terminal: Terminal
}): Promise<void> {
  const { reference, preview, terminal } = options
  terminal.output.write(`\n${preview.map((line) => `  ${line}`).join('\n')}\n\n`)
  await answer(
    input(
      {
        message: `Type ${reference} to restore over it (Ctrl-C to leave everything as it is):`,
        validate: (typed) => typed.trim() === reference || `That is not ${reference}.`,
      },
      terminal,
    ),
  )
}
