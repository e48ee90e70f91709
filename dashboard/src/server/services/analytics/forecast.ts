import { z } from 'zod'

const dayMs = 86_400_000
const horizons = [30, 90, 365] as const
/** With fewer sizes, or of fewer days, a line says nothing. */
const fewest = { points: 5, days: 5 }

export const forecastSchema = z.object({
  method: z.literal('linear, by least squares'),
  points: z.number().int().describe('How many sizes it rests on'),
  days: z.number().describe('How many days they span'),
  bytesPerDay: z.number(),
  fit: z.number().describe('R²: how much of the change the line explains, 0 to 1'),
  ahead: z.array(z.object({ days: z.number(), bytes: z.number() })),
})
export type Forecast = z.infer<typeof forecastSchema>

/** A straight line through sizes over time, and where it leads; null where there is too little to go by. */
export function forecastOf(sizes: readonly { at: number; bytes: number }[]): Forecast | null {
  const [first] = sizes
  const last = sizes.at(-1)
  if (first === undefined || last === undefined) return null
  const days = (last.at - first.at) / dayMs
  if (sizes.length < fewest.points || days < fewest.days) return null
  const xs = sizes.map(({ at }) => (at - first.at) / dayMs)
  const ys = sizes.map(({ bytes }) => bytes)
  const [meanX, meanY] = [mean(xs), mean(ys)]
  const covariance = mean(xs.map((x, index) => (x - meanX) * ((ys[index] ?? 0) - meanY)))
  const varianceX = mean(xs.map((x) => (x - meanX) ** 2))
  const varianceY = mean(ys.map((y) => (y - meanY) ** 2))
  const bytesPerDay = covariance / varianceX
  const atLast = meanY + bytesPerDay * (days - meanX)
  return {
    method: 'linear, by least squares',
    ...{ points: sizes.length, days, bytesPerDay },
    // A size that never changed is explained whole.
    fit: varianceY === 0 ? 1 : covariance ** 2 / (varianceX * varianceY),
    ahead: horizons.map((ahead) => ({ days: ahead, bytes: Math.max(0, atLast + bytesPerDay * ahead) })),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
