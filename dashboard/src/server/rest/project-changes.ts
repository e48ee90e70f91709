import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { Problem } from '../problem.ts'
import { newProjectSchema, type Verdict } from '../services/project/edit.ts'
import { addSchema, changesWanted, placeSchema } from '../services/project/manage.ts'
import { shownValues, valuesSchema } from '../services/project/variables.ts'
import { projectParams } from './projects.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { projectDetailsSchema, settingsSchema, verdictSchema } from './shapes.ts'

const settingsField = valuesSchema.describe(
  'By the names of the reference of the configuration; secrets too, which are kept sealed',
)
const regardlessField = z
  .boolean()
  .default(false)
  .describe('Keeps settings of which the trial found that something fails')

/** Projects added, changed, and tried. */
export const projectChangeRoutes: readonly Route[] = [
  route({
    ...{ method: 'POST', path: '/projects', id: 'addProject', tag: 'Projects', access: 'admin', status: 201 },
    action: 'add project',
    summary: 'Adds a project, once its settings were tried on it: 422 where something stands in the way',
    params: noFields,
    query: noFields,
    body: z.strictObject({
      name: newProjectSchema.shape.name,
      settings: settingsField,
      ...placeSchema.partial().shape,
      regardless: regardlessField,
    }),
    output: z.object({ id: z.string() }),
    location: ({ id }) => `/projects/${encodeURIComponent(id)}`,
    async handle({ body }, { app, principal, note }) {
      const { name, settings, regardless, environment = null, groups = [], tags = [] } = body
      const place = { environment, groups, tags }
      note({ after: { ...shownValues(settings), ...place } }, name)
      const input = addSchema.parse({ name, values: settings, place, regardless })
      const { id, ...verdict } = await app.manager.add(input, actorOf(principal))
      if (id === null) throw notKept(verdict)
      return { id }
    },
  }),
  route({
    ...{ method: 'POST', path: '/trials', id: 'tryProject', tag: 'Projects', access: 'admin', status: 200 },
    action: 'try settings',
    summary: 'Tries settings of a project to come, as backup.sh --check does; nothing of them is kept',
    params: noFields,
    query: noFields,
    body: z.strictObject({
      name: newProjectSchema.shape.name,
      settings: settingsField,
      part: z.enum(['project', 'all']).default('all').describe('project: without the repository'),
    }),
    output: verdictSchema,
    handle: ({ body: { name, settings, part } }, { app }) =>
      app.editor.tryNew({ name, values: settings }, part),
  }),
  route({
    ...{ method: 'PATCH', path: '/projects/{projectId}', id: 'changeProject', tag: 'Projects' },
    ...{ access: 'admin', status: 200 },
    action: 'change project',
    summary: 'Changes where a project belongs, lets it rest or wakes it; what is not said stays as it is',
    params: projectParams,
    query: noFields,
    body: changesWanted,
    output: projectDetailsSchema,
    handle({ params: { projectId }, body }, { app, note, principal }) {
      note(app.manager.changeMarks(projectId, body))
      return app.projects.get(projectId, app.labels.seenBy(principal))
    },
  }),
  route({
    ...{ method: 'GET', path: '/projects/{projectId}/settings', id: 'getSettings', tag: 'Projects' },
    ...{ access: 'admin', status: 200 },
    summary: 'The settings of a project, and which secrets there are; no secret itself',
    params: projectParams,
    query: noFields,
    body: nothing,
    output: settingsSchema,
    async handle({ params }, { app }) {
      const { values, others, ...rest } = await app.manager.settings(params.projectId)
      return { ...rest, settings: values, ofFileAlone: others }
    },
  }),
  route({
    ...{ method: 'PATCH', path: '/projects/{projectId}/settings', id: 'changeSettings', tag: 'Projects' },
    ...{ access: 'admin', status: 200 },
    action: 'change settings',
    summary: 'Changes settings, once they were tried: 422 where something stands in the way',
    params: projectParams,
    query: noFields,
    body: z.strictObject({
      settings: settingsField.describe('An empty text takes a setting away; secrets are kept sealed'),
      fingerprint: z
        .string()
        .max(200)
        .optional()
        .describe('Of the settings as they were read; others are answered with 409'),
      regardless: regardlessField,
    }),
    output: verdictSchema,
    async handle({ params: { projectId }, body }, { app, principal, note }) {
      const { settings: values, regardless } = body
      const fingerprint = body.fingerprint ?? (await app.manager.settings(projectId)).fingerprint
      const keep = regardless ? ('regardless' as const) : ('if good' as const)
      const input = { values, fingerprint, keep }
      const { before, after, isKept, ...verdict } = await app.manager.change(
        projectId,
        input,
        actorOf(principal),
      )
      note({ before, after })
      if (!isKept) throw notKept(verdict)
      return verdict
    },
  }),
]

/** What a form shows beside its fields, in one text. */
function notKept({ problems, conditions }: Verdict): Problem {
  const wrong = problems.map(({ name, message }) => (name === 'project' ? message : `${name} ${message}.`))
  const failed = conditions
    .filter(({ status }) => status === 'FAIL')
    .map(({ subject, text, remedy }) => `${subject}: ${text} ${remedy}`.trim())
  return new Problem({
    status: 422,
    code: problems.length > 0 ? 'SETTINGS_INVALID' : 'TRIAL_FAILED',
    message:
      problems.length > 0
        ? 'Some of the settings cannot be right, and nothing was tried or kept.'
        : 'Something stands in the way of a backup, and nothing was kept.',
    suggestion:
      problems.length > 0
        ? 'Correct what detail names, and send it again.'
        : 'Mend what detail names and send it again, or keep it all the same with "regardless": true.',
    detail: [...wrong, ...failed].join('\n'),
  })
}
