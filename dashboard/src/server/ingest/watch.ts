import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../db/open.ts'
import type { Bus } from '../services/bus.ts'
import type { Registry } from '../services/registry.ts'
import { type Environment, nextRuns } from '../toolkit.ts'
import { indexRuns } from './index-runs.ts'
import { readTail } from './tail-events.ts'
import { refreshRunning, refreshSettings, refreshStatus, type WatchedProject } from './watched-project.ts'

/** How often the files are looked at: while somebody looks or a run goes on, and otherwise. */
const lively = 1000
const calm = 5000
const discoverEveryMs = 15_000
const timersEveryMs = 15 * 60_000

export type Watch = ReturnType<typeof watchOf>

/** Follows what the scripts write, whoever started them. */
export function watchOf(parts: {
  database: Database
  registry: Registry
  bus: Bus
  environment: Environment
  /** A project's, with its secrets. */
  environmentOf: (projectId: string) => Environment
}) {
  const { database, registry, bus, environment, environmentOf } = parts
  let timer: NodeJS.Timeout | undefined
  let discovered = 0
  let under: Promise<void> = Promise.resolve()
  let isStopped = false
  const timersRead = new Map<string, number>()

  const refresh = async (project: WatchedProject): Promise<void> => {
    const isOther = await refreshSettings(project, environmentOf)
    if (isOther) registry.save(project)
    const hasStatus = await refreshStatus(project)
    const hasRun = await refreshRunning(project, environment)
    const runIds = await takeIn(database, project)
    project.isLookedAt = true
    if (isOther || hasStatus || hasRun || runIds.length > 0)
      bus.tell({ type: 'changed', projectId: project.id, runIds: runIds.slice(-50) })
    await follow(project)
  }

  const follow = async (project: WatchedProject): Promise<void> => {
    if (project.running === null) return
    const read = await readTail(join(project.stateDirectory, 'run'), project.tail)
    if (read === undefined) return
    project.tail = read.tail
    if (read.events.length > 0)
      bus.tell({ type: 'run', projectId: project.id, runId: read.tail.run.runId, events: read.events })
  }

  /** Systemd is asked seldom, one project at a look: it takes programs to ask it. */
  const readTimers = async (now: number): Promise<void> => {
    if (!existsSync('/run/systemd/system')) return
    const due = registry.all().find(({ id }) => now - (timersRead.get(id) ?? 0) > timersEveryMs)
    if (due === undefined) return
    timersRead.set(due.id, now)
    due.next = await nextRuns(due.name, environment)
  }

  const look = async (): Promise<void> => {
    const now = Date.now()
    if (now - discovered > discoverEveryMs) {
      discovered = now
      await registry.discover()
    }
    for (const project of registry.all()) {
      if (isStopped) return
      // One that cannot be looked at must not keep the others from being.
      await refresh(project).catch((error: unknown) => {
        console.error(
          `${project.id} could not be looked at: ${error instanceof Error ? error.message : error}`,
        )
      })
    }
    await readTimers(now)
  }

  const again = (): void => {
    if (isStopped) return
    const isLively = bus.listeners > 0 || registry.all().some(({ running }) => running !== null)
    timer = setTimeout(() => void lookNow().then(again, again), isLively ? lively : calm)
  }

  /** Looks at everything now, after a look that is under way. */
  const lookNow = (): Promise<void> => {
    under = under.then(look, look)
    return under
  }

  return {
    lookNow,
    refresh,
    async start(): Promise<void> {
      await lookNow()
      again()
    },
    async stop(): Promise<void> {
      isStopped = true
      clearTimeout(timer)
      await under.catch(() => {})
    },
  }
}

async function takeIn(database: Database, project: WatchedProject): Promise<string[]> {
  if (project.stateDirectory === '') return []
  const directory = join(project.stateDirectory, 'runs')
  const indexed = { projectId: project.id, directory, seen: project.seen.runs }
  const runIds = await indexRuns(database, indexed)
  project.seen.runs = indexed.seen
  return runIds
}
