/** Steps that people count in. */
const steps = [1, 2, 2.5, 5, 10]

/** The end of an axis: the next round number. @param base 1024 where sizes are shown */
export function roundUp(value: number, base = 10): number {
  if (!(value > 0)) return 1
  const unit = base ** Math.floor(Math.log(value) / Math.log(base))
  if (base === 10) return (steps.find((step) => step * unit >= value) ?? 10) * unit
  const inUnit = value / unit
  return unit * roundUp(inUnit)
}
