import type { Outputs } from '~/client/client'
import { formatBytes } from '~/client/units'

export interface AnalyticsFilter {
  days: 7 | 30 | 365
  project?: string | undefined
  group?: string | undefined
}

export type Analytics = Outputs['analytics']['get']

export const spanWords = [
  { days: 7, word: '7 days' },
  { days: 30, word: '30 days' },
  { days: 365, word: 'A year' },
] as const

export function percent(share: number | null, digits = 1): string {
  return share === null ? '–' : `${(share * 100).toFixed(digits).replace(/\.0+$/, '')} %`
}

export function rate(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? '–' : `${formatBytes(bytesPerSecond)}/s`
}

/** With its sign: what grew and what became less. */
export function change(bytes: number): string {
  if (bytes === 0) return '0 B'
  return `${bytes > 0 ? '+' : '−'}${formatBytes(Math.abs(bytes))}`
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const dayOfYear = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' },
})
const monthOfYear = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' })

/** Within a year a week has its year beside it, as both ends may be of the same month. */
export function bucketWord(start: string, unit: Analytics['unit']): string {
  return unit === 'day' ? day.format(new Date(start)) : dayOfYear.format(new Date(start))
}

export function monthWord(month: string): string {
  return monthOfYear.format(new Date(`${month}-01T00:00:00Z`))
}
