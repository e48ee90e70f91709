import { confirm, input, password } from '@inquirer/prompts'
import { addSecrets } from '../common/redact.ts'
import type { Values } from '../config/sources.ts'
import { settingsSchema, type VariableName } from '../config/variables.ts'
import { answer, type Terminal } from '../interactive/terminal.ts'

/** The questions of one set-up: what is answered, beginning with what the env file says already. */
export interface Questions {
  values: Values
  terminal: Terminal
  /** What SECRETS_COMMAND prints: it is asked for no more, and no file gets it. */
  commanded: Values
}

/** What is known of a variable by now, whoever said it. */
export function valueKnown({ values, commanded }: Questions, name: VariableName): string | undefined {
  return commanded[name] || values[name] || undefined
}

/** Everything that is known: what a command prints comes before what the env file says. */
export function allValues({ values, commanded }: Questions): Values {
  return { ...values, ...commanded }
}

/** Whether a command prints a variable, which is said in place of the question. What the env file had of it is taken out there. */
function isCommanded({ values, terminal, commanded }: Questions, name: VariableName): boolean {
  if (!commanded[name]) return false
  values[name] = ''
  terminal.output.write(`  OK    ${name}: from SECRETS_COMMAND\n`)
  return true
}

/** Asks for a variable; the present value is the default. An empty answer is allowed where `optional`. */
export async function askText(
  questions: Questions,
  name: VariableName,
  message: string,
  options: {
    optional?: boolean
    suggestion?: string
    /** What may be typed in its place: undefined where it is not that, else answers, this one's among them. */
    instead?: (typed: string) => Promise<Values | undefined>
    /** What to say of an answer that is wrong, where more can be said than of the variable. */
    invalid?: (typed: string) => string | undefined
  } = {},
): Promise<void> {
  if (isCommanded(questions, name)) return
  const { values, terminal } = questions
  const present = values[name] || options.suggestion
  const validate = async (typed: string) =>
    (await options.instead?.(typed.trim())) !== undefined ||
    options.invalid?.(typed.trim()) ||
    isValid(name, typed.trim(), options.optional ?? false)
  const typed = await answer(
    input({ message, ...(present === undefined ? {} : { default: present }), validate }, terminal),
  )
  Object.assign(values, (await options.instead?.(typed.trim())) ?? { [name]: typed.trim() })
}

/**
 * Asks for a variable without showing it. An empty answer keeps the present value, where there is one. Where a command prints the
 * secrets, one that it does not print is not typed in its place: that would put it into the env file.
 */
export async function askSecret(
  questions: Questions,
  name: VariableName,
  message: string,
  options: { optional?: boolean } = {},
): Promise<void> {
  if (isCommanded(questions, name)) return
  const { values, terminal } = questions
  if (values['SECRETS_COMMAND'] && !values[name]) {
    if (!options.optional)
      terminal.output.write(`  WARN  ${name}: SECRETS_COMMAND does not print it; add it there\n`)
    return
  }
  const kept = values[name] ? ' (empty: as it is)' : ''
  const validate = (typed: string) => isValid(name, typed.trim(), kept !== '' || (options.optional ?? false))
  const typed = await answer(password({ message: `${message}${kept}:`, mask: '*', validate }, terminal))
  if (typed.trim() !== '') values[name] = typed.trim()
  addSecrets([values[name]])
}

export function askYesOrNo({ terminal }: Questions, message: string, preset = true): Promise<boolean> {
  return answer(confirm({ message, default: preset }, terminal))
}

/** By the same schema that reads the env file. */
function isValid(name: VariableName, value: string, optional: boolean): true | string {
  if (value === '') return optional || 'This is needed.'
  const { success, error } = settingsSchema.shape[name].safeParse(value)
  return success || `It ${error?.issues[0]?.message ?? 'is not valid'}.`
}
