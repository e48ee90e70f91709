import { confirm, input, password } from '@inquirer/prompts'
import { addSecrets } from '../common/redact.ts'
import type { Values } from '../config/sources.ts'
import { settingsSchema, type VariableName } from '../config/variables.ts'
import { answer, type Terminal } from '../interactive/terminal.ts'

/** The questions of one set-up: what is answered, beginning with what the env file says already. */
export interface Questions {
  values: Values
  terminal: Terminal
}

/** Asks for a variable; the present value is the default. An empty answer is allowed where `optional`. */
export async function askText(
  { values, terminal }: Questions,
  name: VariableName,
  message: string,
  options: {
    optional?: boolean
    suggestion?: string
    /** What may be typed in its place: undefined where it is not that, else answers, this one's among them. */
    instead?: (typed: string) => Promise<Values | undefined>
  } = {},
): Promise<void> {
  const present = values[name] || options.suggestion
  const validate = async (typed: string) =>
    (await options.instead?.(typed.trim())) !== undefined ||
    isValid(name, typed.trim(), options.optional ?? false)
  const typed = await answer(
    input({ message, ...(present === undefined ? {} : { default: present }), validate }, terminal),
  )
  Object.assign(values, (await options.instead?.(typed.trim())) ?? { [name]: typed.trim() })
}

/** Asks for a variable without showing it. An empty answer keeps the present value, where there is one. */
export async function askSecret(
  { values, terminal }: Questions,
  name: VariableName,
  message: string,
  options: { optional?: boolean } = {},
): Promise<void> {
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
