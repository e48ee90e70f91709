import { formatBytes, formatSeconds, plural } from './units.ts'

/** A part of the work that is under way. */
export interface PartState {
  name: string
  done: number
  total: number
}

/** How far a step has come. */
export interface ProgressState {
  label: string
  /** What is counted, in the plural. */
  unit: string
  done: number
  total: number
  bytes: number
  totalBytes?: number | undefined
  /** Since the step began. */
  seconds: number
  retries: number
  /** Of the unit; not among `done` or `total`. */
  failed?: number | undefined
  /** The first few under way, and how many more there are. */
  parts: readonly PartState[]
  moreParts: number
}

/** Of a terminal, in characters. */
export interface Size {
  columns: number
  rows: number
}

/** Parts that are shown by name; more would push everything else off the screen. */
export const shownParts = 5
const longestName = 32
const widestBar = 40
const narrowestBar = 8

/** The whole step in one line, for the log. */
export function progressLine(state: ProgressState): string {
  const names = state.parts.map(({ name, done, total }) => `${shortName(name, longestName)} ${done}/${total}`)
  return summary(state) + (names.length === 0 ? '' : `; ${names.join(', ')}${moreParts(state, ', and ')}`)
}

/** The whole step in one line, and below it a bar for each part under way, as far as there is room for them. */
export function progressBlock(state: ProgressState, { columns, rows }: Size): string[] {
  const { parts } = state
  const names = parts.map(({ name }) => shortName(name, Math.min(longestName, Math.floor(columns / 3))))
  const counts = parts.map(({ done, total }) => `${done}/${total}`)
  const widthOf = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => [...text].length))
  const [nameWidth, countWidth] = [widthOf(names), widthOf(counts)]
  const barWidth = Math.min(widestBar, columns - nameWidth - countWidth - '   []  '.length)
  const lines = parts.map((part, index) => {
    const bar = barWidth < narrowestBar ? '' : `[${barOf(shareOf(part), barWidth)}] `
    return `  ${(names[index] ?? '').padEnd(nameWidth)} ${bar}${(counts[index] ?? '').padStart(countWidth)}`
  })
  const more = moreParts(state, '  and ')
  return [summary(state), ...lines, ...(more === '' ? [] : [more])]
    .slice(0, Math.max(1, rows - 1))
    .map((line) => [...line].slice(0, columns - 1).join(''))
}

function summary(state: ProgressState): string {
  const { label, unit, done, total, bytes, totalBytes, seconds, retries, failed = 0 } = state
  const share = totalBytes ? Math.min(1, bytes / totalBytes) : shareOf(state)
  const rate = bytes / Math.max(seconds, 0.001)
  return [
    `${label}: ${done}/${total} ${unit} (${Math.floor(share * 100)} %)`,
    ...(bytes > 0 ? [`${formatBytes(bytes)} at ${formatBytes(Math.round(rate))}/s`] : []),
    ...(share > 0 && share < 1 ? [`${formatSeconds((seconds / share) * (1 - share))} left`] : []),
    ...(failed > 0 ? [`${failed.toLocaleString('en-US')} failed`] : []),
    ...(retries > 0 ? [plural(retries, 'retry', 'retries')] : []),
  ].join(', ')
}

function shareOf({ done, total }: { done: number; total: number }): number {
  return total === 0 ? 1 : Math.min(1, done / total)
}

function barOf(share: number, width: number): string {
  return '#'.repeat(Math.floor(share * width)).padEnd(width, '-')
}

function moreParts({ moreParts: more }: ProgressState, before: string): string {
  return more > 0 ? `${before}${more} more` : ''
}

/** A name that does nothing to a terminal: what steers one is written out, and what is long loses its middle. */
function shortName(name: string, width: number): string {
  const visible = [
    ...name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`),
  ]
  if (visible.length <= width) return visible.join('')
  const kept = width - '...'.length
  const head = visible.slice(0, Math.ceil(kept / 2))
  const tail = visible.slice(visible.length - Math.floor(kept / 2))
  return [...head, '...', ...tail].join('')
}
