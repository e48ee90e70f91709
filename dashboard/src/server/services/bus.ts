import type { ServerEvent } from '../../shared/server-event.ts'

export type Bus = ReturnType<typeof createBus>

/** Tells whoever listens what has changed. */
export function createBus() {
  const listeners = new Set<(event: ServerEvent) => void>()
  return {
    tell(event: ServerEvent): void {
      for (const listener of listeners) listener(event)
    },
    /** @returns ends it */
    listen(listener: (event: ServerEvent) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    get listeners(): number {
      return listeners.size
    },
  }
}
