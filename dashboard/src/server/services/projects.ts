import { realpath, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { and, eq, gte, isNotNull, sql } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { runSums, schedules } from '../db/schema/index.ts'
import { fingerprintOf, readProject } from '../ingest/read-project.ts'
import type { Watch } from '../ingest/watch.ts'
import { overviewOfProject, type WatchedProject } from '../ingest/watched-project.ts'
import { Problem } from '../problem.ts'
import type { Environment, Overview } from '../toolkit.ts'
import { asTyped } from './as-typed.ts'
import { judge } from './judge.ts'
import type { LabelKind, Labels } from './labels.ts'
import type { Registry } from './registry.ts'

const dayMs = 86_400_000
const nightsShown = 30
/** An env file is a few kilobytes. */
const mostEnvBytes = 256 * 1024

/** What a day's backups came to: the best of them, as one that went well after another failed makes the night a good one. */
export type Night = 'success' | 'degraded' | 'failed' | 'unreadable' | null

/** By the rank that a day's best backup has. */
const ranks = [null, 'unreadable', 'failed', 'degraded', 'success'] as const

export function projectsOf(parts: {
  database: Database
  registry: Registry
  watch: Watch
  labels: Labels
  environment: Environment
}) {
  const { database, registry, watch, labels, environment } = parts

  const nightsOf = (now: Date, projectId?: string): Map<string, Night[]> => {
    const today = Math.floor(now.getTime() / dayMs)
    const first = today - nightsShown + 1
    // Of the sums by day, one text a project: fifteen thousand rows would take ten times as long to be handed over.
    const best = sql`case when ${runSums.good} > 0 then 4 when ${runSums.degraded} > 0 then 3 when ${runSums.failed} > 0 then 2 else 1 end`
    const found = sql<string>`group_concat((${runSums.start} / ${sql.raw(String(dayMs))}) || '=' || (${best}))`
    const ofProject = projectId === undefined ? [] : [eq(runSums.projectId, projectId)]
    const rows = database
      .select({ projectId: runSums.projectId, found })
      .from(runSums)
      .where(
        and(
          eq(runSums.unit, 'day'),
          eq(runSums.kind, 'backup'),
          gte(runSums.start, first * dayMs),
          ...ofProject,
        ),
      )
      .groupBy(runSums.projectId)
      .all()
    const nights = new Map<string, Night[]>()
    for (const row of rows) {
      const of = Array<Night>(nightsShown).fill(null)
      for (const night of row.found.split(',')) {
        const [day = 0, rank = 0] = night.split('=').map(Number)
        if (day <= today) of[day - first] = ranks[rank] ?? null
      }
      nights.set(row.projectId, of)
    }
    return nights
  }

  /** When a schedule of the dashboard asks for the next backup, by project; ISO 8601. */
  const nextScheduled = (projectId?: string): Map<string, string> => {
    const kind = sql<string>`json_extract(${schedules.plan}, '$.kind')`
    const ofProject = projectId === undefined ? [] : [eq(schedules.projectId, projectId)]
    const rows = database
      .select({ projectId: schedules.projectId, next: sql<number>`min(${schedules.nextAt})` })
      .from(schedules)
      .where(
        and(eq(kind, 'backup'), eq(schedules.isPaused, false), isNotNull(schedules.nextAt), ...ofProject),
      )
      .groupBy(schedules.projectId)
      .all()
    return new Map(rows.map((row) => [row.projectId, new Date(row.next).toISOString()]))
  }

  const describe = (
    project: WatchedProject,
    nights: Night[] | undefined,
    of: Record<LabelKind, string[]> | undefined,
    scheduled: string | undefined,
    isNamedTwice: boolean,
    now: Date,
  ) => {
    const overview = overviewOfProject(project, now)
    const isActive = project.inactiveSince === null
    return {
      id: project.id,
      name: project.name,
      origin: project.settings?.origin ?? null,
      environment: project.environment,
      groups: of?.group ?? [],
      tags: of?.tag ?? [],
      inactiveSince: project.inactiveSince?.toISOString() ?? null,
      safety: isActive ? judge(overview, project.problem, isNamedTwice) : ('inactive' as const),
      problems: isActive
        ? [...(isNamedTwice ? [namedTwice(project.name)] : []), ...problemsOf(project, overview)]
        : [],
      lastBackup: overview?.runs.backup?.lastSuccess?.finishedAt ?? null,
      lastProof: overview?.runs.drill?.lastSuccess?.finishedAt ?? null,
      nextBackup: earlierOf(overview?.runs.backup?.next, isActive ? scheduled : undefined),
      bytes: overview?.sizes?.originalBytes ?? null,
      repository: project.repository,
      repositoryBytes: overview?.sizes?.repositoryBytes ?? null,
      /** When its repository had that size; ISO 8601. */
      repositorySizedAt: project.status.sizes[0]?.at ?? null,
      archives: overview?.archives ? overview.archives.complete + overview.archives.degraded : null,
      running: overview?.running ?? null,
      nights: nights ?? Array<Night>(nightsShown).fill(null),
      /** The first of the nights, ISO 8601. */
      nightsFrom: new Date((Math.floor(now.getTime() / dayMs) - nightsShown + 1) * dayMs).toISOString(),
    }
  }

  /** Others that have the same repository. */
  const sharers = ({ id, repository }: WatchedProject, sees: (id: string) => boolean) =>
    registry
      .all()
      .filter((other) => repository !== null && other.repository === repository)
      .filter((other) => other.id !== id && sees(other.id))

  return {
    list(now = new Date()) {
      const nights = nightsOf(now)
      const all = labels.ofAll()
      const next = nextScheduled()
      const twice = namesUsedTwice(registry.all())
      return registry.all().map((project) => {
        const { id, name } = project
        return describe(project, nights.get(id), all.get(id), next.get(id), twice.has(name), now)
      })
    },

    /** @param sees whether a project may be told of @throws Problem NOT_FOUND */
    get(id: string, sees: (id: string) => boolean, now = new Date()) {
      const project = registry.get(id)
      const overview = overviewOfProject(project, now)
      const isTwice = namesUsedTwice(registry.all()).has(project.name)
      const of = { group: labels.of(id, 'group'), tag: labels.of(id, 'tag') }
      return {
        ...describe(project, nightsOf(now, id).get(id), of, nextScheduled(id).get(id), isTwice, now),
        envFile: project.envFile,
        problem: project.problem,
        kinds: overview?.runs ?? {},
        sizes: overview?.sizes ?? null,
        egress: overview?.egress ?? null,
        crashed: project.crashed ? { runId: project.crashed.runId ?? null } : null,
        drillTarget: project.settings?.drillTarget ?? null,
        components: project.settings?.components ?? [],
        newestArchive: overview?.archives?.newest ?? null,
        repositorySharedWith: sharers(project, sees).map(({ name }) => name),
      }
    },

    /**
     * Takes in an env file that lies elsewhere. It decides what is run with our rights, so it is held to the same rules as when it is.
     * @throws Problem ENV_FILE_REFUSED, or the toolkit's own
     */
    async adopt(path: string): Promise<{ id: string }> {
      const envFile = await plainEnvFile(path)
      const read = await readProject(envFile, environment, { reading: false })
      if ('problem' in read)
        throw new Problem({ status: 400, ...read.problem, detail: read.problem.detail ?? undefined })
      const project = registry.add(envFile, { origin: 'adopted', name: read.settings.name })
      await watch.refresh(project)
      return { id: project.id }
    },

    /** Takes out a project whose env file is gone; its archives and state stay where they are, and its secrets are kept. */
    async forget(id: string, by: string): Promise<void> {
      const project = registry.get(id)
      if ((await fingerprintOf(project.envFile)) !== '')
        throw new Problem({
          status: 409,
          code: 'ENV_FILE_THERE',
          message: `The env file ${project.envFile} is there.`,
          suggestion: 'Only a project whose env file is gone can be taken out of the dashboard.',
        })
      registry.forget(id, null, by)
    },
  }
}

function earlierOf(timer: string | null | undefined, scheduled: string | undefined): string | null {
  const times = [timer, scheduled].filter((time) => time != null)
  return times.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null
}

/** Names that several env files give their projects. */
function namesUsedTwice(projects: readonly WatchedProject[]): ReadonlySet<string> {
  const owners = Map.groupBy(
    projects.filter(({ settings }) => settings !== null),
    ({ name }) => name,
  )
  return new Set([...owners].filter(([, { length }]) => length > 1).map(([name]) => name))
}

function namedTwice(name: string) {
  return {
    what: 'configuration',
    message: `Another env file says PROJECT_NAME=${name} too: the two have one state, one lock and one list of runs, and what is shown here may be of the other.`,
    suggestion: 'Give one of them another PROJECT_NAME, or take it out',
    code: null,
  }
}

/** What is wrong, each with what to do; the configuration's problem alone where there is one. */
function problemsOf({ problem }: WatchedProject, overview: Overview | null) {
  if (problem !== null)
    return [
      { what: 'configuration', message: problem.message, suggestion: problem.suggestion, code: problem.code },
    ]
  return (overview?.problems ?? []).map(({ what, message }) => {
    const typed = asTyped(message)
    // The toolkit's message ends in what to type.
    const [text = typed, command] = typed.split(
      / (?:Mend the cause, then type|Type|Set the clock, then type): /i,
    )
    return { what, message: text, suggestion: command ?? null, code: null }
  })
}

async function plainEnvFile(path: string): Promise<string> {
  const refused = (message: string) =>
    new Problem({
      status: 400,
      code: 'ENV_FILE_REFUSED',
      message,
      suggestion: 'Give the full path of a project’s env file, such as /home/you/shop.env.',
    })
  if (!isAbsolute(path) || path.includes('\0')) throw refused('That is not a full path.')
  const envFile = await realpath(path).catch(() => undefined)
  const found = envFile === undefined ? undefined : await stat(envFile).catch(() => undefined)
  if (envFile === undefined || found === undefined) throw refused('There is no file of that name.')
  if (!envFile.endsWith('.env') || !found.isFile() || found.size > mostEnvBytes)
    throw refused('That is no env file.')
  return envFile
}
