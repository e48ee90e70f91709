import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { importFileSchema } from '../services/project/import-file.ts'
import { applySchema, exportSchema, sealedExportSchema } from '../services/project/transfer.ts'
import { noFields, type Route, route } from './route.ts'
import { importRowSchema } from './shapes.ts'

/** Many projects at once, in and out. */
export const transferRoutes: readonly Route[] = [
  route({
    ...{ method: 'POST', path: '/import-plans', id: 'planImport', tag: 'Projects', access: 'admin' },
    status: 200,
    action: 'plan import',
    summary: 'What an import of a file would do, a verdict a project; nothing is changed',
    params: noFields,
    query: noFields,
    body: importFileSchema,
    output: z.object({ data: z.array(importRowSchema) }),
    handle: async ({ body }, { app }) => ({ data: await app.transfer.plan(body) }),
  }),
  route({
    ...{ method: 'POST', path: '/imports', id: 'importProjects', tag: 'Projects', access: 'admin' },
    status: 200,
    action: 'import projects',
    summary: 'Takes in some projects of a file, each tried before it is kept; says of each what came of it',
    params: noFields,
    query: noFields,
    body: applySchema,
    output: z.object({ data: z.array(importRowSchema) }),
    async handle({ body }, { app, principal, note }) {
      const data = await app.transfer.apply(body, actorOf(principal))
      note({ after: data.map(({ name, verdict, changes }) => ({ name, verdict, changes })) })
      return { data }
    },
  }),
  route({
    ...{ method: 'POST', path: '/exports', id: 'exportProjects', tag: 'Projects', access: 'admin' },
    status: 200,
    reach: 'listed',
    action: 'export projects',
    summary: 'A file of all projects: without secrets as CSV or JSON, with them sealed by a passphrase',
    params: noFields,
    query: noFields,
    body: z
      .strictObject({
        format: z.enum([...exportSchema.shape.format.options, 'sealed']),
        passphrase: sealedExportSchema.shape.passphrase.optional().describe('For a sealed one'),
      })
      .refine(({ format, passphrase }) => (format === 'sealed') === (passphrase !== undefined), {
        path: ['passphrase'],
        message: 'is needed for a sealed export, and for no other',
      }),
    output: z.object({ text: z.string().describe('What the file holds') }),
    async handle({ body }, { app, principal, note }) {
      const sees = app.labels.seenBy(principal)
      const ids = app.registry
        .all()
        .map(({ id }) => id)
        .filter(sees)
      const { format, passphrase = '' } = body
      note({ projects: ids.length, format })
      const isSealed = format === 'sealed'
      return {
        text: isSealed
          ? await app.transfer.exportSealed(ids, passphrase)
          : await app.transfer.export(ids, format),
      }
    },
  }),
]
