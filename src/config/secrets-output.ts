import { parse } from 'dotenv'
import { configurationError } from './problem.ts'
import type { Values } from './sources.ts'

const assignment = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/

/**
 * The NAME=value lines that SECRETS_COMMAND printed. What stands in quotes is read as in an env file; what does not is taken to
 * the end of its line as it is, for secret stores print values raw. Empty lines and comments are passed over.
 * @throws BackupError SECRETS_COMMAND_OUTPUT naming the line, never what stands in it
 */
export function parseSecrets(text: string): Values {
  const values: Values = {}
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, value] = assignment.exec(line) ?? []
    if (name === undefined || value === undefined || value.includes('\0')) throw unreadableLine(index + 1)
    const meant = isQuoted(value) ? parse(`${name}=${value}`)[name] : raw(value, name)
    if (meant !== undefined && meant !== '') values[name] = meant
  }
  return values
}

function isQuoted(value: string): boolean {
  return /^(['"]).*\1$/.test(value) && value.length > 1
}

/** One store prints comments behind values, another values with blanks and # in them: half a password is not guessed at. */
function raw(value: string, name: string): string {
  if (!/\s#/.test(value)) return value
  throw configurationError({
    code: 'SECRETS_COMMAND_OUTPUT',
    message: `What SECRETS_COMMAND prints for ${name} holds a # behind a blank and is not in quotes: it may be a comment or belong to the value.`,
    suggestion: `Have the command print it in quotes: ${name}='…'`,
  })
}

function unreadableLine(line: number) {
  return configurationError({
    code: 'SECRETS_COMMAND_OUTPUT',
    message: `Line ${line} of what SECRETS_COMMAND prints is not NAME=value.`,
    suggestion:
      'Have it print one NAME=value a line and nothing else on its standard output; run it by hand to see what it prints.',
  })
}
