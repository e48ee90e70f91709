import { type ComponentResult, type Finding, finding } from '../common/findings.ts'

/**
 * Compares what a backup counted with the last good run: tables, rows, objects or bytes that are fewer by more than the
 * limit make the run degraded, which keeps the older archives until somebody has looked (`--accept-shrink`).
 *
 * @param options.baseline counts of the last good run by component (`Status.baseline`); a component or quantity that
 *   it does not know cannot have shrunk
 * @param options.guarded the quantities of a component whose sudden loss is suspicious; others (bytes fetched, retries)
 *   come and go
 * @param options.limitPercent SHRINK_LIMIT
 * @param options.accepted the operator has looked: the loss is noted, and the run stays good and becomes the new baseline
 * @returns one finding a component that shrank
 */
export function sizeRegressions(options: {
  components: readonly Pick<ComponentResult, 'component' | 'counts'>[]
  baseline: Record<string, Record<string, number>>
  guarded: (component: string) => readonly string[]
  limitPercent: number
  accepted: boolean
}): Finding[] {
  const { components, baseline, guarded, limitPercent, accepted } = options
  return components.flatMap(({ component, counts }) => {
    const before = baseline[component] ?? {}
    const losses = guarded(component).flatMap((quantity) => {
      const was = before[quantity]
      const is = counts[quantity]
      if (was === undefined || is === undefined || is >= was * (1 - limitPercent / 100)) return []
      const percent = Math.floor((1 - is / was) * 100)
      return [
        `${quantity} ${was.toLocaleString('en-US')} → ${is.toLocaleString('en-US')} (${percent} % fewer)`,
      ]
    })
    if (losses.length === 0) return []
    const message = accepted
      ? `Much less than in the last good run, and accepted: ${losses.join(', ')}.`
      : `Much less than in the last good run: ${losses.join(', ')}. Nothing is pruned until a run with --accept-shrink.`
    const severity = accepted ? ('note' as const) : ('degraded' as const)
    return [finding({ component, severity, kind: 'shrunk', message, names: losses })]
  })
}
