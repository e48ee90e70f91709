import { dirname } from 'node:path'
import { toBackupError } from '../common/errors.ts'
import { addSecrets } from '../common/redact.ts'
import type { Environment } from '../config/directories.ts'
import { refusedNames } from '../config/names.ts'
import { runSecretsCommand } from '../config/secrets-command.ts'
import type { Values } from '../config/sources.ts'
import { requireTrustedCommand } from '../config/trust.ts'
import { settingsSchema, variableNames } from '../config/variables.ts'
import { askText, askYesOrNo, type Questions } from './questions.ts'

/**
 * Asks for a command that prints the secrets, and has it print them, until it does or the operator goes on without: what it prints is
 * asked for no more, and stands in no file.
 */
export async function askSecretsCommand(
  questions: Questions,
  options: { envFile: string; environment: Environment },
): Promise<void> {
  const { values, terminal } = questions
  for (;;) {
    await askText(
      questions,
      'SECRETS_COMMAND',
      'Command that prints the secrets as NAME=value (sops, op, vault; a blank: they are typed):',
      { optional: true },
    )
    questions.commanded = {}
    if (!values['SECRETS_COMMAND']) return
    const problem = await run(questions, options)
    if (problem === undefined) {
      const names = Object.keys(questions.commanded)
      terminal.output.write(`  OK    secrets: it prints ${names.join(', ') || 'nothing of this toolkit'}\n`)
      return
    }
    terminal.output.write(`  FAIL  secrets: ${problem}\n`)
    if (!(await askYesOrNo(questions, 'Try again?'))) return
  }
}

/** Runs it again, for what was added to it meanwhile. @returns what is wrong with it */
async function run(
  questions: Questions,
  { envFile, environment }: { envFile: string; environment: Environment },
): Promise<string | undefined> {
  const { SECRETS_COMMAND: command = '', SECRETS_COMMAND_TIMEOUT_SEC: limit } = questions.values
  try {
    await requireTrustedCommand(command, "SECRETS_COMMAND's program")
    const timeoutSec = settingsSchema.shape.SECRETS_COMMAND_TIMEOUT_SEC.parse(limit || undefined)
    const directory = dirname(envFile)
    const printed = await runSecretsCommand({ command, timeoutSec, directory, environment })
    const [refused] = refusedNames(Object.keys(printed))
    if (refused) return `${refused.message} ${refused.suggestion}`
    questions.commanded = known(printed)
    addSecrets(Object.values(questions.commanded))
    return undefined
  } catch (thrown) {
    const { message, detail, suggestion } = toBackupError(thrown, 'configure')
    return [message, detail && `(${detail})`, suggestion].filter(Boolean).join(' ')
  }
}

function known(printed: Values): Values {
  return Object.fromEntries(variableNames.flatMap((name) => (printed[name] ? [[name, printed[name]]] : [])))
}
