import { z } from 'zod'
import { sendExport } from '../http/download.ts'
import { archiveNameSchema, partNameSchema } from '../services/archive-names.ts'
import { retentionChangeSchema } from '../services/archives.ts'
import { projectParams } from './projects.ts'
import { noFields, nothing, type Route, rawRoute, route } from './route.ts'
import {
  archiveContentsSchema,
  archiveDiffSchema,
  archiveFolderSchema,
  archiveRowsSchema,
  archiveSchema,
  planSchema,
  time,
} from './shapes.ts'

const project = '/projects/{projectId}'
const archiveParams = projectParams.extend({ archive: archiveNameSchema })
const facts = { tag: 'Archives', status: 200 } as const
const read = { ...facts, method: 'GET', access: 'viewer', query: noFields, body: nothing } as const

/** What backups there are of a project, what is in them, and what changed between them. */
export const archiveRoutes: readonly Route[] = [
  route({
    ...{ ...read, path: `${project}/archives`, id: 'listArchives' },
    summary: 'Every backup of a project that there is, newest first, on this machine ones among them',
    params: projectParams,
    query: z.object({
      fresh: z
        .enum(['true', 'false'])
        .optional()
        .describe('Asks the repository again, however new the answer is'),
    }),
    output: z.object({ asOf: time, data: z.array(archiveSchema) }),
    async handle({ params, query: { fresh } }, { app }) {
      const { at, sources } = await app.archives.list(params.projectId, fresh === 'true')
      return {
        asOf: new Date(at).toISOString(),
        data: sources.map(({ time: taken, ...source }) => ({ ...source, time: taken.toISOString() })),
      }
    },
  }),
  route({
    ...{ ...read, path: `${project}/archives/{archive}`, id: 'getArchive' },
    summary: 'What is in one backup: tables with rows and sizes, roles, buckets, functions, settings',
    params: archiveParams,
    output: archiveContentsSchema,
    handle: ({ params: { projectId, archive } }, { app }) => app.archives.contents(projectId, archive),
  }),
  route({
    ...{ ...read, path: `${project}/archives/{archive}/objects`, id: 'listArchiveObjects' },
    summary: 'A folder of a bucket in a backup; a thousand folders and objects at most',
    params: archiveParams,
    query: z.object({
      bucket: partNameSchema.min(1),
      prefix: partNameSchema.default('').describe('The folder, ending in `/`; the whole bucket without'),
    }),
    output: archiveFolderSchema,
    handle: ({ params: { projectId, archive }, query }, { app }) =>
      app.archives.folder(projectId, { archive, ...query }),
  }),
  route({
    ...{ ...facts, method: 'POST', path: `${project}/archives/{archive}/rows`, id: 'readArchiveRows' },
    ...{ access: 'operator', action: 'look at rows' },
    summary: 'The first rows of a table in a backup, as PostgreSQL prints them',
    params: archiveParams,
    query: noFields,
    body: z.object({ table: partNameSchema.min(1).describe('As SQL writes it: schema.table') }),
    output: archiveRowsSchema,
    handle: ({ params: { projectId, archive }, body: { table } }, { app }) =>
      app.archives.rows(projectId, { archive, table }),
  }),
  route({
    ...{ ...read, path: `${project}/comparison`, id: 'compareArchives' },
    summary: 'What changed from one backup to another, under the name of each component',
    params: projectParams,
    query: z.object({ from: archiveNameSchema, to: archiveNameSchema.default('latest') }),
    output: archiveDiffSchema,
    handle: ({ params, query }, { app }) => app.archives.diff(params.projectId, query),
  }),
  route({
    ...{ ...read, path: `${project}/retention-plan`, id: 'getRetentionPlan' },
    summary: 'Which archives retention would keep and delete now; by other rules, where the query tries some',
    params: projectParams,
    query: retentionChangeSchema,
    output: planSchema,
    handle: ({ params, query }, { app }) => app.archives.plan(params.projectId, query),
  }),
  rawRoute({
    ...{ method: 'GET', path: `${project}/exports/{runId}`, id: 'downloadExport', tag: 'Archives' },
    ...{ access: 'operator', action: 'download' },
    summary: 'What an export has written, as tar, or one file of it; kept for an hour',
    params: projectParams.extend({ runId: z.string().min(1).max(100) }),
    query: z.object({
      file: z.string().max(4096).optional().describe('Its path, as the answer of the run has it'),
    }),
    contentType: 'application/octet-stream',
    handle: ({ params, query }, { app }) => sendExport(app, params, query.file),
  }),
]
