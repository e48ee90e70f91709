export const periods = ['daily', 'weekly', 'monthly', 'yearly'] as const
export type Period = (typeof periods)[number]

const dayMs = 86_400_000

/** A key that two moments share exactly when they lie in the same UTC day, ISO 8601 week, month or year. */
export function periodOf(period: Period, time: Date): string {
  const date = time.toISOString()
  switch (period) {
    case 'daily':
      return date.slice(0, 10)
    case 'weekly':
      return mondayOf(time)
    case 'monthly':
      return date.slice(0, 7)
    case 'yearly':
      return date.slice(0, 4)
  }
}

function mondayOf(time: Date): string {
  const daysSinceMonday = (time.getUTCDay() + 6) % 7
  return new Date(time.getTime() - daysSinceMonday * dayMs).toISOString().slice(0, 10)
}
