import { alignedLine, widthsOf } from '../common/columns.ts'
import { kindOf } from './kinds.ts'
import type { Project } from './load.ts'
import { settingsSchema, type VariableName } from './variables.ts'

const mask = '*****'

function isVariable(name: string): name is VariableName {
  return name in settingsSchema.shape
}

function isSecret(name: string): boolean {
  return isVariable(name) && (kindOf(settingsSchema.shape[name]).secret ?? false)
}

/** A value as it may be shown: of a connection string only the password is hidden. */
function shown(name: string, value: string): string {
  if (!isSecret(name)) return value
  if (!/^postgres(ql)?:/.test(value) || !URL.canParse(value)) return mask
  const url = new URL(value)
  if (url.password !== '') url.password = mask
  return url.href
}

/** The effective configuration with the origin of each value, secrets masked. */
export function showProject(project: Project, json: boolean): string {
  const rows = Object.entries(project.values).map(([name, value]) => ({
    name,
    value: shown(name, value),
    origin: project.origins[name] ?? 'default',
  }))
  if (json) return `${JSON.stringify(rows)}\n`
  const cells = rows.map(({ name, origin, value }) => [name, origin, value])
  const [nameWidth = 0, originWidth = 0] = widthsOf(cells)
  const lines = cells.map((row) => `${alignedLine(row, [nameWidth, Math.max(originWidth, 11)])}\n`)
  if (project.notRun !== undefined)
    lines.push(`\nSECRETS_COMMAND was not run, and what it sets is not shown. ${project.notRun}\n`)
  return lines.join('')
}

const originNames = {
  environment: 'environment',
  credential: 'systemd credential',
  command: 'SECRETS_COMMAND',
  file: 'env file',
} as const

/** Where the secrets that are set come from, and what else SECRETS_COMMAND sets: names alone, in one line for --check. */
export function secretSources({ origins }: Project): string {
  return Object.entries(originNames)
    .map(([origin, words]) => {
      const names = Object.keys(origins).filter(
        (name) => origins[name] === origin && (origin === 'command' || isSecret(name)),
      )
      return names.length === 0 ? '' : `${words}: ${names.join(', ')}`
    })
    .filter((part) => part !== '')
    .join('; ')
}
