import { createHash } from 'node:crypto'
import { and, desc, eq, gte, inArray } from 'drizzle-orm'
import type { Database } from '../../db/open.ts'
import { runs } from '../../db/schema/index.ts'
import { type Proof, proofSchema } from '../../ingest/reports.ts'

const dayMs = 86_400_000

export interface DrillEvidence {
  runId: string
  projectId: string
  startedAt: string
  seconds: number | null
  outcome: string | null
  archive: string | null
  target: string | null
  errorCode: string | null
  proof: Proof | null
}

export interface Evidence {
  from: string
  to: string
  projects: { id: string; name: string; drills: DrillEvidence[] }[]
  /** SHA-256 of all of the above: two copies are the same or they are not. */
  digest: string
}

/** Every drill of these projects in so many days, and which projects had none: what an auditor asks for. */
export function evidenceOf(
  database: Database,
  asked: { projects: readonly { id: string; name: string }[]; days: number },
  now = new Date(),
): Evidence {
  const ids = asked.projects.map(({ id }) => id)
  const from = new Date(now.getTime() - asked.days * dayMs)
  const drills = database
    .select({
      ...{ runId: runs.runId, projectId: runs.projectId, startedAt: runs.startedAt, seconds: runs.seconds },
      ...{ outcome: runs.outcome, archive: runs.archive, target: runs.target, errorCode: runs.errorCode },
      proof: runs.proof,
    })
    .from(runs)
    .where(and(eq(runs.kind, 'drill'), gte(runs.startedAt, from), inArray(runs.projectId, ids)))
    .orderBy(desc(runs.startedAt))
    .all()
    .map((row) => ({
      ...row,
      startedAt: row.startedAt.toISOString(),
      proof: row.proof === null ? null : proofSchema.parse(JSON.parse(row.proof)),
    }))
  const byProject = Map.groupBy(drills, ({ projectId }) => projectId)
  const found = {
    from: from.toISOString(),
    to: now.toISOString(),
    projects: asked.projects
      .map(({ id, name }) => ({ id, name, drills: byProject.get(id) ?? [] }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  }
  return { ...found, digest: createHash('sha256').update(JSON.stringify(found)).digest('hex') }
}
