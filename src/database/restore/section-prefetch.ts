import type { PostgresClients } from '../connect/client-programs.ts'
import type { StatementError } from '../connect/psql-errors.ts'
import type { Run, Step } from '../rules/plan.ts'
import { type FeedOptions, openSection, type Section } from './sections.ts'

/**
 * Begins each pg_restore while the server still restores the part before it: it takes as long to begin as many a part to
 * be restored. Never more than one ahead, for each holds the whole table of contents; and not before there is nothing
 * else to do, since a process of this size does nothing else while it starts another.
 */
export interface SectionPrefetch {
  /** Restores a run; begins the one after it. */
  restore(run: Run, to: FeedOptions): Promise<StatementError | undefined>
  /** Ends what was begun and not restored. */
  close(): Promise<void>
}

/** Begins the first one. What is loaded without pg_restore for the most part, rows, is left out. */
export function openSectionPrefetch(options: {
  clients: PostgresClients
  dump: string
  runs: ReadonlyMap<Step, Run[]>
  /** Whether some are restored another way. */
  superuser?: unknown
  signal?: AbortSignal | undefined
}): SectionPrefetch {
  const order = [...options.runs]
    .flatMap(([step, runs]) => (step === 'data' ? [] : runs))
    .filter((run) => !(run.privileged && options.superuser !== undefined))
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
    async restore(run, to) {
      const section = await open(run)
      opened.delete(run)
      const next = order[order.indexOf(run) + 1]
      return section.feed({ ...to, onHanded: () => next && void open(next) })
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
