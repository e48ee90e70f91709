import { and, desc, eq, inArray } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../db/open.ts'
import { archiveAnswers } from '../db/schema/index.ts'
import type { WatchedProject } from '../ingest/watched-project.ts'
import { Problem } from '../problem.ts'
import {
  contents,
  contentsSchema,
  diff,
  diffSchema,
  type Environment,
  firstRows,
  firstRowsSchema,
  folder,
  folderSchema,
  list,
  parseArchiveName,
  retentionPlan,
  retentionPlanSchema,
  sourcesSchema,
} from '../toolkit.ts'
import { questionDesk } from './asking.ts'
import type { Registry } from './registry.ts'

/** So many answers are kept of a project. */
const answersKept = 300
/** A longer one is asked for each time. */
const longestKept = 4_000_000
/** A list of archives is asked for again after so long, also when nothing is known to have changed. */
const listKeptMs = 60_000

function whole(least: number, most: number) {
  return z.coerce.number().int().min(least).max(most).optional()
}

/** Rules of retention to be tried: what is not given stays as the project has it. */
export const retentionChangeSchema = z.object({
  withinDays: whole(1, 36_500).describe('All archives of so many days'),
  daily: whole(0, 10_000).describe('The last one of each of so many days'),
  weekly: whole(0, 10_000),
  monthly: whole(0, 10_000),
  yearly: whole(0, 10_000),
  minArchives: whole(1, 10_000).describe('Never fewer than so many'),
})
export type RetentionChange = z.infer<typeof retentionChangeSchema>

const retentionVariables: Record<keyof RetentionChange, string> = {
  withinDays: 'BORG_RETENTION_DAYS',
  daily: 'BORG_KEEP_DAILY',
  weekly: 'BORG_KEEP_WEEKLY',
  monthly: 'BORG_KEEP_MONTHLY',
  yearly: 'BORG_KEEP_YEARLY',
  minArchives: 'MIN_ARCHIVES',
}

/**
 * What backups of a project there are, and what is in them, as the scripts say. Archives never change, so what was said of one is kept; the
 * rows of tables are not.
 */
export function archivesOf(parts: {
  database: Database
  registry: Registry
  /** What is changed of the dashboard's own environment for a project's scripts. */
  changesFor: (projectId: string) => Environment
}) {
  const { database, registry, changesFor } = parts
  const asked = ({ id, envFile }: WatchedProject) => ({ envFile, environment: changesFor(id) })
  const desk = questionDesk(() => tooManyQuestions)
  const lists = new Map<string, { at: number; status: string; sources: z.infer<typeof sourcesSchema> }>()

  const keep = (projectId: string, question: string, answer: string) => {
    if (answer.length > longestKept) return
    const row = { projectId, question, answer, usedAt: new Date() }
    database
      .insert(archiveAnswers)
      .values(row)
      .onConflictDoUpdate({
        target: [archiveAnswers.projectId, archiveAnswers.question],
        set: { answer, usedAt: row.usedAt },
      })
      .run()
    const ofProject = eq(archiveAnswers.projectId, projectId)
    const old = database
      .select({ question: archiveAnswers.question })
      .from(archiveAnswers)
      .where(ofProject)
      .orderBy(desc(archiveAnswers.usedAt))
      .limit(100)
      .offset(answersKept)
      .all()
    if (old.length === 0) return
    const questions = old.map((one) => one.question)
    database
      .delete(archiveAnswers)
      .where(and(ofProject, inArray(archiveAnswers.question, questions)))
      .run()
  }

  /** Asks once, where it is all about archives. */
  const askOnce = async <Answer>(
    project: WatchedProject,
    about: { sources: string[]; about: unknown },
    work: () => Promise<Answer>,
    schema: z.ZodType<Answer>,
  ): Promise<Answer> => {
    for (const source of about.sources) requireOwn(project, source)
    const question = JSON.stringify([about.sources, about.about])
    const isLasting = about.sources.every((source) => !passing.includes(source))
    const row = isLasting
      ? database
          .select()
          .from(archiveAnswers)
          .where(and(eq(archiveAnswers.projectId, project.id), eq(archiveAnswers.question, question)))
          .get()
      : undefined
    const known = row && schema.safeParse(JSON.parse(row.answer)).data
    if (known !== undefined) return known
    const answer = await desk.ask(`${project.id} ${question}`, work, (other) => schema.parse(other))
    if (isLasting) keep(project.id, question, JSON.stringify(answer))
    return answer
  }

  return {
    /** Something was done with the project's archives: its list is asked for again. */
    forgetList(projectId: string): void {
      lists.delete(projectId)
    },

    /** Newest first. @param isFresh asks again, however new the last answer is */
    async list(projectId: string, isFresh = false) {
      const project = readable(registry.get(projectId))
      const known = lists.get(projectId)
      // Each run that ends changes the status.
      const { status } = project.seen
      if (!isFresh && known?.status === status && Date.now() - known.at < listKeptMs) return known
      const ask = () => list(asked(project))
      const sources = await desk.ask(`${projectId} list`, ask, (other) => sourcesSchema.parse(other))
      const found = { at: Date.now(), status, sources }
      lists.set(projectId, found)
      return found
    },

    /** @throws Problem ARCHIVE_UNKNOWN; BackupError */
    contents(projectId: string, archive: string) {
      const project = readable(registry.get(projectId))
      const ask = () => contents({ ...asked(project), archive })
      return askOnce(project, { sources: [archive], about: 'contents' }, ask, contentsSchema)
    },

    folder(projectId: string, { archive, ...where }: { archive: string; bucket: string; prefix: string }) {
      const project = readable(registry.get(projectId))
      // An empty prefix is no prefix to the script.
      const prefix = where.prefix || undefined
      const ask = () => folder({ ...asked(project), archive, bucket: where.bucket, prefix })
      return askOnce(project, { sources: [archive], about: where }, ask, folderSchema)
    },

    /** Nothing of it is kept. */
    rows(projectId: string, { archive, table }: { archive: string; table: string }) {
      const project = readable(registry.get(projectId))
      requireOwn(project, archive)
      const ask = () => firstRows({ ...asked(project), archive, table })
      return desk.ask(`${projectId} rows ${archive} ${table}`, ask, (other) => firstRowsSchema.parse(other))
    },

    diff(projectId: string, { from, to }: { from: string; to: string }) {
      const project = readable(registry.get(projectId))
      const ask = () => diff({ ...asked(project), from, to })
      return askOnce(project, { sources: [from, to], about: 'diff' }, ask, diffSchema)
    },

    /** What retention would keep and delete now, with these changes to its rules. */
    plan(projectId: string, change: RetentionChange) {
      const project = readable(registry.get(projectId))
      const given = new Map<string, number | undefined>(Object.entries(change))
      const changed = Object.entries(retentionVariables).flatMap(([name, variable]) => {
        const value = given.get(name)
        return value === undefined ? [] : [[variable, String(value)] as const]
      })
      const { environment } = asked(project)
      const tried = { ...environment, ...Object.fromEntries(changed) }
      const ask = () => retentionPlan({ envFile: project.envFile, environment: tried })
      return desk.ask(`${projectId} plan ${JSON.stringify(changed)}`, ask, (other) =>
        retentionPlanSchema.parse(other),
      )
    },
  }
}

/** What these names stand for changes. */
const passing = ['latest', 'Local', 'Extract']

/**
 * A repository may hold the archives of other projects, which those who may see this one may not.
 * @throws Problem ARCHIVE_UNKNOWN
 */
export function requireOwn({ name: project }: Pick<WatchedProject, 'name'>, archive: string): void {
  if (passing.includes(archive)) return
  if (parseArchiveName(archive, project) || parseArchiveName(archive, `${project}-before-restore`)) return
  throw new Problem({
    status: 404,
    code: 'ARCHIVE_UNKNOWN',
    message: `${project} has no archive of this name.`,
    suggestion: 'Choose one of its list.',
  })
}

function readable(project: WatchedProject): WatchedProject {
  if (project.settings !== null) return project
  throw new Problem({
    status: 409,
    code: 'PROJECT_UNREADABLE',
    message: 'The configuration of this project cannot be read, so its archives cannot be looked at.',
    suggestion: project.problem?.suggestion ?? 'Mend it first.',
  })
}

const tooManyQuestions = new Problem({
  status: 429,
  code: 'TOO_MANY_QUESTIONS',
  message: 'Too much is being asked of archives at once.',
  suggestion: 'Try again in a moment.',
})
