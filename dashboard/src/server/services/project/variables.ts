import { z } from 'zod'
import {
  defaultOf,
  descriptionOf,
  groups,
  kindOf,
  settingsSchema,
  type VariableName,
  variableNames,
} from '../../toolkit.ts'

/**
 * What can be set from here. What names a program, a command, or a file of the machine is not among it: whoever may sign in as an
 * admin is not thereby whoever may have anything run as the dashboard's user, or read any file of theirs. That is set in the env file.
 */
const offered = new Set<VariableName>(
  variableNames.filter((name) => {
    const { group } = descriptionOf(settingsSchema.shape[name])
    const isGroup = ['project', 'target', 'borg', 'retention', 'work', 'preconditions', 'watch'].includes(
      group,
    )
    return isGroup && !isOfTheMachine(name)
  }),
)

/** Variables that are the env file's alone, and why. */
function isOfTheMachine(name: VariableName): boolean {
  const isRepository = name === 'BORG_REPO'
  if (kindOf(settingsSchema.shape[name]).path !== undefined) return !isRepository
  const run: readonly VariableName[] = [
    ...(['BORG_PASSCOMMAND', 'BORG_RSH', 'BORG_REMOTE_PATH', 'ONLY_IF', 'PG_IMAGE'] as const),
    ...(['DRILL_IMAGE', 'PROJECT_NAME', 'KEEP_FUNCTION_SECRETS', 'TARGET_ONLY'] as const),
  ]
  return run.includes(name)
}

function isVariable(name: string): name is VariableName {
  return name in settingsSchema.shape
}

export function isOffered(name: string): name is VariableName {
  return isVariable(name) && offered.has(name)
}

export function isSecret(name: string): boolean {
  return isVariable(name) && kindOf(settingsSchema.shape[name]).secret === true
}

const offeredNames: readonly VariableName[] = [...offered]

/** What a form needs to ask for each variable, by the headings of the reference. */
export function describeVariables() {
  const variables = offeredNames.map((name) => {
    const schema = settingsSchema.shape[name]
    const { group, text, example } = descriptionOf(schema)
    const { type, secret = false } = kindOf(schema)
    const choices = choicesOf(type)
    return {
      name,
      group,
      text,
      type,
      secret,
      choices,
      example: example ?? null,
      default: defaultOf(schema) ?? null,
    }
  })
  return Object.entries(groups)
    .map(([group, title]) => ({ title, variables: variables.filter((one) => one.group === group) }))
    .filter((group) => group.variables.length > 0)
}

/** The words of a kind that has but some. */
function choicesOf(type: string): string[] | null {
  if (type === 'true or false') return ['true', 'false']
  return /^[a-z0-9-]+(?:, [a-z0-9-]+)+$/.test(type) ? type.split(', ') : null
}

const longestValue = 4096
const oneLine = /^[^\p{Cc}\u2028\u2029]*$/u

/** Settings as they come from a form or a file: by name, each in one line. Which names and values are good is asked of the toolkit. */
export const valuesSchema = z.record(
  z.string().max(60),
  z.string().max(longestValue, 'is too long').regex(oneLine, 'holds more than a line').trim(),
)
export type Values = z.infer<typeof valuesSchema>

/** What is wrong with single values, by the table that reads the env file; each completes the name. */
export function valueProblems(values: Values): { name: string; message: string }[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (!isVariable(name)) return [{ name, message: 'is not a variable of the toolkit' }]
    if (!isOffered(name))
      return [{ name, message: 'names what this machine runs or reads, and is set in the env file alone' }]
    if (value === '') return []
    const { success, error } = settingsSchema.shape[name].safeParse(value)
    return success ? [] : [{ name, message: error.issues[0]?.message ?? 'is not valid' }]
  })
}

/** The values in two: those that go into the env file, and those that are sealed. */
export function divide(values: Values): { settings: Values; secrets: Values } {
  const of = (wanted: boolean) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => isSecret(name) === wanted))
  return { settings: of(false), secrets: of(true) }
}

/** Settings for the audit: of a secret it is said that there is one. */
export function shownValues(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isSecret(name) && value !== '' ? '(secret)' : value,
    ]),
  )
}
