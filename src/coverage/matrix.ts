import type { ComponentResult } from '../common/findings.ts'
import type { Component } from '../components/component.ts'
import { wrap } from '../flags/wrap.ts'
import type { CoverageKind } from './kind.ts'
import { uncovered } from './uncovered.ts'

/** A kind of thing, and the component that holds it; null where no backup does. */
export interface CoverageRow extends CoverageKind {
  component: string | null
}

/** What these components hold, and what no backup does. */
export async function coverageRows(components: readonly Component[]): Promise<CoverageRow[]> {
  const rows: CoverageRow[] = []
  for (const { name: component, coverage } of components)
    rows.push(...(await coverage()).map((kind) => ({ ...kind, component })))
  return [...rows, ...uncovered.map((kind) => ({ ...kind, component: null }))]
}

/** A table of Markdown. */
export function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(line)].join('\n')
}

const width = 100

function indented(text: string, by: number): string[] {
  return wrap(text, width - by).map((line) => `${' '.repeat(by)}${line}`)
}

/** The matrix for a terminal: each component's kinds of things, and how they return. */
export function coverageText(rows: readonly CoverageRow[]): string {
  const groups = Map.groupBy(rows, ({ component }) => component ?? 'in no backup')
  return [...groups]
    .map(([component, kinds]) =>
      [
        component,
        ...kinds.flatMap(({ name, returns }) => [
          ...indented(name, 2),
          ...indented(withoutLinks(returns), 6),
        ]),
      ].join('\n'),
    )
    .join('\n\n')
}

/**
 * The matrix for RECOVERY.md: what of all that this very backup holds, with its quantities.
 * @param isThere whether the backup has a file, by its path in it
 */
export function coverageOf(
  rows: readonly CoverageRow[],
  results: readonly ComponentResult[],
  isThere: (path: string) => boolean,
): string {
  const held = (component: string | null) => results.find((result) => result.component === component)
  const cells = rows.map(({ name, component, returns, files, counts = [] }) => {
    const result = held(component)
    const quantities = counts.flatMap((count) => {
      const value = result?.counts[count]
      return value === undefined ? [] : [`${count}: ${value.toLocaleString('en-US')}`]
    })
    const holdsNone = returns.startsWith('Never') || (files !== undefined && !files.some(isThere))
    const state = holdsNone ? ['no'] : [stateOf(result), ...quantities]
    return [name, state.join(', '), withoutLinks(returns)]
  })
  return tableOf(['what', 'in this backup', 'how the toolkit returns it'], cells)
}

/** For who has no other page at hand. */
function withoutLinks(text: string): string {
  return text.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
}

function stateOf(result: ComponentResult | undefined): string {
  if (result === undefined || result.status === 'skipped' || result.status === 'failed') return 'no'
  if (result.status === 'stale' || result.status === 'carried')
    return `as it was on ${result.takenAt ?? 'an earlier day'}`
  return result.status === 'degraded' ? 'yes, but see part “by hand”' : 'yes'
}
