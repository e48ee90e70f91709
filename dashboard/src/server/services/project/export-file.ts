import type { ProjectPlace } from './manage.ts'
import type { Values } from './variables.ts'

/** A project as an export has it. */
export interface ExportedProject extends ProjectPlace {
  name: string
  settings: Values
  /** Only for what is sealed. */
  secrets?: Values
}

export function toJson(projects: readonly ExportedProject[]): string {
  return `${JSON.stringify({ projects }, null, 2)}\n`
}

/** RFC 4180, with a column for each setting that any of them has. */
export function toCsv(projects: readonly ExportedProject[]): string {
  const names = [...new Set(projects.flatMap(({ settings }) => Object.keys(settings)))].sort()
  const head = ['name', 'environment', 'groups', 'tags', ...names]
  const rows = projects.map(({ name, environment, groups, tags, settings }) => [
    name,
    environment ?? '',
    groups.join(';'),
    tags.join(';'),
    ...names.map((setting) => settings[setting] ?? ''),
  ])
  return [head, ...rows].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('')
}

function quoted(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
