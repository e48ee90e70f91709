import type { PostgresClients } from './clients.ts'
import type { Run, Step } from './plan.ts'
import { openSection, type Section } from './sections.ts'

/**
 * Begins each pg_restore while the part before it is still being restored: it takes as long to begin as many a part to be
 * restored. Never more than one ahead, for each holds the whole table of contents.
 */
export interface SectionsAhead {
  /** The run's section; begins the one of the run after it. */
  take(run: Run): Promise<Section>
  /** Ends what was begun and not taken. */
  close(): Promise<void>
}

/** Begins the first one. What is loaded without pg_restore for the most part, rows, is left out. */
export function openAhead(options: {
  clients: PostgresClients
  dump: string
  runs: ReadonlyMap<Step, Run[]>
  signal?: AbortSignal | undefined
}): SectionsAhead {
  const order = [...options.runs].flatMap(([step, runs]) => (step === 'data' ? [] : runs))
  const opened = new Map<Run, Promise<Section>>()
  const open = (run: Run) => {
    const section = opened.get(run) ?? openSection({ ...options, entries: run.entries, noOwner: run.noOwner })
    // Whoever takes it hears of its failure.
    section.catch(() => {})
    opened.set(run, section)
    return section
  }
  const [first] = order
  if (first) void open(first)
  return {
    take(run) {
      const section = open(run)
      opened.delete(run)
      const next = order[order.indexOf(run) + 1]
      if (next) void open(next)
      return section
    },
    async close() {
      for (const section of opened.values())
        await section.then(
          ({ discard }) => discard(),
          () => {},
        )
    },
  }
}
