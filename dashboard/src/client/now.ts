import { useSyncExternalStore } from 'react'

const everyMs = 1000
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

function listen(listener: () => void) {
  listeners.add(listener)
  now = Date.now()
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, everyMs)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time, in steps of so many seconds; all who show it share one clock. */
export function useNow(stepSeconds = 10): number {
  const stepMs = stepSeconds * 1000
  return useSyncExternalStore(
    listen,
    () => Math.floor(now / stepMs) * stepMs,
    () => 0,
  )
}
