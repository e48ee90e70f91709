import type { WatchedProject } from '../ingest/watched-project.ts'
import type { Registry } from './registry.ts'

/** A repository as the reports of its projects tell it. */
interface Repository {
  /** Where it is, without a password. */
  place: string
  /** Names of the projects whose archives go into it. */
  projects: string[]
  /** As it was told last; null where no archive was made. */
  bytes: number | null
  /** The last check of it, by any of its projects; null where none was. */
  lastCheck: { outcome: string; at: string; projectId: string; runId: string } | null
}

const isGood = (outcome: string) => outcome === 'success'

/** How the repositories are: those whose check failed first, then those that nobody has checked, then by when they were. */
export function repositoriesOf(registry: Registry): Repository[] {
  const known = registry.all().filter(({ repository }) => repository !== null)
  return [...Map.groupBy(known, ({ repository }) => repository).values()].map(describe).toSorted(byNeed)
}

function describe(projects: readonly WatchedProject[]): Repository {
  const sizes = projects.flatMap(({ status }) => status.sizes.slice(0, 1))
  const checks = projects.flatMap(({ id, status }) => {
    const { check } = status.lastRun
    if (check === undefined) return []
    return [{ outcome: check.outcome, at: check.finishedAt, projectId: id, runId: check.runId }]
  })
  const [first] = projects.flatMap(({ settings }) => settings?.repositoryPlace ?? [])
  return {
    place: first ?? 'not known while its configuration cannot be read',
    projects: projects.map(({ name }) => name),
    bytes: newest(sizes)?.repositoryBytes ?? null,
    lastCheck: newest(checks) ?? null,
  }
}

function newest<Dated extends { at: string }>(all: readonly Dated[]): Dated | undefined {
  return all.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))[0]
}

function byNeed(a: Repository, b: Repository): number {
  return rank(a) - rank(b) || (a.lastCheck?.at ?? '').localeCompare(b.lastCheck?.at ?? '')
}

function rank({ lastCheck }: Repository): number {
  if (lastCheck === null) return 1
  return isGood(lastCheck.outcome) ? 2 : 0
}
