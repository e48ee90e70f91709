import { join } from 'node:path'
import { and, desc, eq, lte } from 'drizzle-orm'
import { z } from 'zod'
import { type Principal, shownName } from '../auth/principal.ts'
import type { Database } from '../db/open.ts'
import { healthChecks, runs } from '../db/schema/index.ts'
import { readReport } from '../ingest/reports.ts'
import { Problem } from '../problem.ts'
import type { Condition, Environment } from '../toolkit.ts'
import { checkWithin } from './project/trial.ts'
import type { Registry } from './registry.ts'

/** So many checks of a project are kept, so many shown, and so many go on at once. */
const keptOfProject = 100
const shownOfProject = 30
const mostAtOnce = 3

const conditionsSchema = z.array(
  z.object({
    status: z.enum(['OK', 'WARN', 'FAIL']),
    subject: z.string(),
    text: z.string(),
    remedy: z.string(),
  }),
)

/** Whether a backup could be made now: asked of the scripts when somebody wants to know, and kept. */
export function healthOf(parts: {
  database: Database
  registry: Registry
  /** What is changed of the dashboard's own environment for a project, its secrets among it. */
  changesFor: (projectId: string) => Environment
}) {
  const { database, registry, changesFor } = parts
  const under = new Set<string>()

  const keep = (row: typeof healthChecks.$inferInsert) => {
    const { id } = database.insert(healthChecks).values(row).returning({ id: healthChecks.id }).get()
    const oldest = database
      .select({ id: healthChecks.id })
      .from(healthChecks)
      .where(eq(healthChecks.projectId, row.projectId))
      .orderBy(desc(healthChecks.id))
      .limit(1)
      .offset(keptOfProject)
      .get()
    if (oldest !== undefined)
      database
        .delete(healthChecks)
        .where(and(eq(healthChecks.projectId, row.projectId), lte(healthChecks.id, oldest.id)))
        .run()
    return id
  }

  const listOf = (projectId: string) =>
    database
      .select()
      .from(healthChecks)
      .where(eq(healthChecks.projectId, projectId))
      .orderBy(desc(healthChecks.id))
      .limit(shownOfProject)
      .all()
      .map(({ at, conditions, projectId: _project, ...row }) => ({
        ...row,
        at: at.toISOString(),
        conditions: conditionsSchema.parse(JSON.parse(conditions)),
      }))

  const versionsOf = async (projectId: string): Promise<Record<string, string>> => {
    const project = registry.get(projectId)
    const newest = database
      .select({ file: runs.file })
      .from(runs)
      .where(and(eq(runs.projectId, projectId), eq(runs.kind, 'backup'), eq(runs.state, 'read')))
      .orderBy(desc(runs.startedAt))
      .limit(1)
      .get()
    if (newest === undefined) return {}
    const report = await readReport(join(project.stateDirectory, 'runs'), newest.file).catch(() => undefined)
    return report?.versions ?? {}
  }

  return {
    /** Checks a project by `backup.sh --check`, which changes nothing. @throws Problem CHECK_BUSY, TRIAL_TOO_LONG */
    async check(projectId: string, by: Principal) {
      const project = registry.get(projectId)
      if (under.has(projectId) || under.size >= mostAtOnce) throw busy
      under.add(projectId)
      const at = new Date()
      try {
        const conditions = await checkWithin({
          envFile: project.envFile,
          environment: changesFor(projectId),
        })
        // It may have been taken out meanwhile.
        registry.get(projectId)
        const seconds = (Date.now() - at.getTime()) / 1000
        return { id: keep({ projectId, at, seconds, by: shownName(by), ...factsOf(conditions) }) }
      } finally {
        under.delete(projectId)
      }
    },

    /** Checks of a project, newest first, and which versions its newest backup met. */
    async get(projectId: string) {
      const versions = await versionsOf(projectId)
      return { checks: listOf(projectId), versions }
    },
  }
}

function factsOf(conditions: readonly Condition[]) {
  const count = (wanted: Condition['status']) => conditions.filter(({ status }) => status === wanted).length
  const facts: Condition['facts'] = Object.assign({}, ...conditions.map((condition) => condition.facts))
  const { databaseBytes, serverVersion } = facts
  return {
    failures: count('FAIL'),
    warnings: count('WARN'),
    databaseBytes: typeof databaseBytes === 'number' ? databaseBytes : null,
    serverVersion: typeof serverVersion === 'string' ? serverVersion : null,
    conditions: JSON.stringify(conditions.map(({ facts: _facts, ...condition }) => condition)),
  }
}

const busy = new Problem({
  status: 409,
  code: 'CHECK_BUSY',
  message: `This project is being checked, or ${mostAtOnce} others are.`,
  suggestion: 'Wait a moment; its result appears here.',
})
