import { z } from 'zod'
import { requireRole } from '../auth/access.ts'
import { notFound } from '../problem.ts'
import { losesArchive, requiredRole, type StartKind, startOptionsSchema } from '../runner/start-options.ts'
import { cursorText, pageFields, pageOf, readCursor } from './paging.ts'
import { projectParams } from './projects.ts'
import { noFields, nothing, type RestContext, type Route, rawRoute, route } from './route.ts'
import { streamOfRun } from './run-stream.ts'
import { answerSchema, runSchema, runSummarySchema, startedSchema } from './shapes.ts'

const runParams = projectParams.extend({ runId: z.string().min(1).max(100) })
const placeSchema = z.object({ startedAt: z.number().int(), file: z.string().max(300) })
const word = z.string().max(40)

async function start(projectId: string, sent: unknown, { app, principal }: RestContext) {
  if (principal === undefined) throw notFound('user')
  const options = startOptionsSchema.parse(sent)
  requireRole(requiredRole(options), principal)
  return { runId: app.runs.start(projectId, options, principal) }
}

const runPath = ({ runId }: { runId: string }, { projectId }: { projectId: string }) =>
  `/projects/${encodeURIComponent(projectId)}/runs/${runId}`

/** What can be started, by its noun. What changes a project that is no test project takes the role admin. */
const starts = {
  backup: { noun: 'backups', id: 'startBackup', summary: 'Starts a backup' },
  drill: {
    noun: 'drills',
    id: 'startDrill',
    summary: 'Starts a drill: the newest archive is restored into a disposable target and compared',
  },
  check: { noun: 'checks', id: 'startCheck', summary: 'Starts a check of the repository' },
  verify: {
    noun: 'verifications',
    id: 'startVerification',
    summary: 'Starts a verification: an archive is checked file by file against its manifest',
  },
  export: {
    noun: 'exports',
    id: 'startExport',
    summary: 'Starts to write a backup, or parts of it, as files for people and other programs',
  },
  delete: {
    noun: 'deletions',
    id: 'startDeletion',
    summary: 'Starts to delete an archive, whose name is typed',
  },
  pin: {
    noun: 'pins',
    id: 'startPin',
    summary: 'Starts to pin an archive: retention keeps it, and it is not deleted, until it is unpinned',
  },
  unpin: {
    noun: 'unpinnings',
    id: 'startUnpinning',
    summary: 'Starts to leave a pinned archive to retention again',
  },
  preview: {
    noun: 'previews',
    id: 'startPreview',
    summary: 'Starts a preview: what a restore would change, without changing anything',
  },
  restore: {
    noun: 'restores',
    id: 'startRestore',
    summary: 'Starts a restore; over a project that is no test project it takes the role admin',
  },
  rollback: {
    noun: 'rollbacks',
    id: 'startRollback',
    summary:
      'Starts to put back what a target held before its last restore; over a project it takes the role admin',
  },
  'rollback-preview': {
    noun: 'rollback-previews',
    id: 'startRollbackPreview',
    summary: 'Starts a preview of a rollback: what it would change, without changing anything',
  },
  resume: {
    noun: 'resumptions',
    id: 'startResumption',
    summary: 'Starts a restore that broke off from where it was; over a project it takes the role admin',
  },
  arm: {
    noun: 'armings',
    id: 'startArming',
    summary: 'Starts to wake what a restore left asleep; over a project it takes the role admin',
  },
} as const satisfies Record<StartKind, { noun: string; id: string; summary: string }>

const startRoutes: readonly Route[] = startOptionsSchema.options.map(
  ({ shape: { kind: named, ...shape } }) => {
    const kind = named.value
    const { noun, id, summary } = starts[kind]
    const body = z.strictObject(shape)
    return route({
      ...{
        method: 'POST',
        path: `/projects/{projectId}/${noun}`,
        id,
        tag: 'Runs',
        access: losesArchive(kind) ? 'admin' : 'operator',
        status: 202,
      },
      action: 'start run',
      summary,
      params: projectParams,
      query: noFields,
      // Nothing need be said of what has an answer to everything.
      body: body.safeParse({}).success ? body.optional() : body,
      output: startedSchema,
      location: runPath,
      handle: ({ params, body: sent }, context) => start(params.projectId, { ...sent, kind }, context),
    })
  },
)

export const runRoutes: readonly Route[] = [
  ...startRoutes,
  route({
    ...{ method: 'GET', path: '/projects/{projectId}/runs', id: 'listRuns', tag: 'Runs', access: 'viewer' },
    status: 200,
    summary: 'Runs of a project, newest first',
    params: projectParams,
    query: z.object({
      ...pageFields,
      kind: word.optional().describe('backup, drill, restore, check or prune'),
      outcome: word.optional().describe('success, unchanged, degraded, failed or interrupted'),
    }),
    body: nothing,
    output: pageOf(runSummarySchema),
    handle({ params, query: { cursor, ...filter } }, { app }) {
      const place = readCursor(placeSchema, cursor)
      const { rows, nextCursor } = app.runs.list({ ...params, ...filter, cursor: place })
      return { data: rows, nextCursor: nextCursor && cursorText(nextCursor) }
    },
  }),
  route({
    ...{
      method: 'GET',
      path: '/projects/{projectId}/runs/{runId}',
      id: 'getRun',
      tag: 'Runs',
      access: 'viewer',
    },
    status: 200,
    summary: 'One run, with its report when it has ended',
    params: runParams,
    query: noFields,
    body: nothing,
    output: runSchema,
    handle: ({ params }, { app }) => app.runs.get(params.projectId, params.runId),
  }),
  route({
    ...{ method: 'GET', path: '/projects/{projectId}/runs/{runId}/log', id: 'getRunLog', tag: 'Runs' },
    ...{ access: 'viewer', status: 200, summary: 'The end of its log, 64 KiB at most' },
    params: runParams,
    query: noFields,
    body: nothing,
    output: z.object({ text: z.string(), isCut: z.boolean() }),
    async handle({ params: { projectId, runId } }, { app }) {
      const log = await app.runs.log(projectId, runId)
      if (log === null) throw notFound('log')
      return log
    },
  }),
  route({
    ...{ method: 'GET', path: '/projects/{projectId}/runs/{runId}/answer', id: 'getRunAnswer', tag: 'Runs' },
    ...{ access: 'viewer', status: 200, summary: 'What a preview or a verification found out' },
    params: runParams,
    query: noFields,
    body: nothing,
    output: answerSchema,
    handle: ({ params: { projectId, runId } }, { app }) => app.runs.answer(projectId, runId),
  }),
  rawRoute({
    ...{ method: 'GET', path: '/projects/{projectId}/runs/{runId}/events', id: 'followRun', tag: 'Runs' },
    access: 'viewer',
    summary:
      'What a run tells, as server-sent events: each a RunEvent as in docs/reference/events.md, its seq as the id; the event `ended` is the last. `Last-Event-ID` goes on after one',
    params: runParams,
    query: noFields,
    contentType: 'text/event-stream',
    handle: ({ params }, context) => streamOfRun(params, context),
  }),
  route({
    ...{
      method: 'POST',
      path: '/projects/{projectId}/runs/{runId}/cancellation',
      id: 'cancelRun',
      tag: 'Runs',
    },
    ...{ access: 'operator', status: 202, action: 'cancel run' },
    summary: 'Asks a run to end, whoever started it',
    params: runParams,
    query: noFields,
    body: nothing,
    output: startedSchema,
    location: runPath,
    handle({ params: { projectId, runId } }, { app, principal }) {
      if (principal === undefined) throw notFound('user')
      app.runs.cancel(projectId, runId, principal)
      return { runId }
    },
  }),
]
