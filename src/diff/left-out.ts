import type { Omission } from '../components/component.ts'
import { components } from '../components/list.ts'
import { componentsOf } from '../generation/held.ts'
import type { DiffSide } from './diff.ts'
import { oneLine } from './lines.ts'

/** What a restore of a backup does not bring back, by component. */
export async function listLeftOut({ generation, manifest }: DiffSide): Promise<Record<string, Omission[]>> {
  const held = componentsOf(manifest)
  const found: Record<string, Omission[]> = {}
  for (const { name, leftOut } of components)
    if (leftOut !== undefined && held.includes(name)) found[name] = await leftOut.list(generation)
  return found
}

/** The same in lines for people: the names below each reason. */
export function leftOutLines(
  { source, manifest }: DiffSide,
  omissions: Record<string, readonly Omission[]>,
): string[] {
  const head = `What a restore of ${source} leaves out, as it was on ${manifest.snapshotAt ?? manifest.startedAt}:`
  const lines = Object.entries(omissions).flatMap(([component, list]) => linesOf(component, list))
  return lines.length === 0 ? [head, '  nothing'] : [head, ...lines]
}

function linesOf(component: string, list: readonly Omission[]): string[] {
  const byReason = Map.groupBy(list, ({ reason, rule }) => `${reason}${rule === null ? '' : ` (${rule})`}`)
  return [...byReason].flatMap(([reason, omissions]) => [
    '',
    `${component}, ${omissions.length.toLocaleString('en-US')}: ${reason}`,
    ...omissions.map(({ name }) => `  ${oneLine(name)}`),
  ])
}
