import { kindOf } from './kinds.ts'
import type { Project } from './load.ts'
import { settingsSchema, type VariableName } from './variables.ts'

const mask = '*****'

function isVariable(name: string): name is VariableName {
  return name in settingsSchema.shape
}

/** A value as it may be shown: of a connection string only the password is hidden. */
function shown(name: string, value: string): string {
  if (!isVariable(name) || !kindOf(settingsSchema.shape[name]).secret) return value
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
  const width = Math.max(...rows.map((row) => row.name.length))
  return rows.map((row) => `${row.name.padEnd(width)}  ${row.origin.padEnd(11)}  ${row.value}\n`).join('')
}
