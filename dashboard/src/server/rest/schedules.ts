import { z } from 'zod'
import type { App } from '../app.ts'
import { actorOf } from '../auth/access.ts'
import type { Principal } from '../auth/principal.ts'
import { notFound } from '../problem.ts'
import { type ScheduleInput, scheduleIdSchema, scheduleInputSchema } from '../services/schedules/schedules.ts'
import { projectParams } from './projects.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { scheduleSchema } from './team-shapes.ts'

const facts = { tag: 'Schedules', status: 200, query: noFields } as const
const all = '/projects/{projectId}/schedules'
const one = `${all}/{scheduleId}`
const params = projectParams.extend({ scheduleId: scheduleIdSchema })

interface Asker {
  app: App
  principal: Principal | undefined
}

function listFor({ app, principal }: Asker, projectId: string) {
  app.registry.get(projectId)
  return app.schedules.list(app.labels.seenBy(principal)).filter((found) => found.projectId === projectId)
}

/** @throws Problem NOT_FOUND */
function find(by: Asker, projectId: string, scheduleId: string) {
  const found = listFor(by, projectId).find(({ id }) => id === scheduleId)
  if (found === undefined) throw notFound('schedule')
  return found
}

/** What it is to run after may be of a project that is not theirs to see. @throws Problem NOT_FOUND */
function requireSeen({ app, principal }: Asker, schedule: ScheduleInput): void {
  app.schedules.requireSeen(schedule, app.labels.seenBy(principal))
}

/** When runs of a project begin without anybody. */
export const scheduleRoutes: readonly Route[] = [
  route({
    ...{ ...facts, method: 'GET', path: all, id: 'listSchedules', access: 'viewer' },
    summary: 'The schedules of a project, what is due first first',
    params: projectParams,
    body: nothing,
    output: z.object({ data: z.array(scheduleSchema) }),
    handle: ({ params: { projectId } }, context) => ({ data: listFor(context, projectId) }),
  }),
  route({
    ...{ ...facts, method: 'POST', path: all, id: 'addSchedule', access: 'admin', status: 201 },
    action: 'add schedule',
    summary: 'Makes a schedule: a backup, drill or check at times, or after a run of another schedule',
    params: projectParams,
    body: scheduleInputSchema,
    output: scheduleSchema,
    location: ({ id }, { projectId }) => `/projects/${encodeURIComponent(projectId)}/schedules/${id}`,
    handle({ params: { projectId }, body }, context) {
      context.note({ after: body })
      context.app.registry.get(projectId)
      requireSeen(context, body)
      const { scheduleId } = context.app.schedules.add(projectId, body, actorOf(context.principal))
      return find(context, projectId, scheduleId)
    },
  }),
  route({
    ...{ ...facts, method: 'GET', path: one, id: 'getSchedule', access: 'viewer' },
    summary: 'A schedule, with its next time and what came of it last',
    params,
    body: nothing,
    output: scheduleSchema,
    handle: ({ params: { projectId, scheduleId } }, context) => find(context, projectId, scheduleId),
  }),
  route({
    ...{ ...facts, method: 'PUT', path: one, id: 'changeSchedule', access: 'admin' },
    action: 'change schedule',
    summary: 'Puts another schedule in its place',
    params,
    body: scheduleInputSchema,
    output: scheduleSchema,
    handle({ params: { projectId, scheduleId }, body }, context) {
      context.note({ before: find(context, projectId, scheduleId), after: body })
      requireSeen(context, body)
      context.app.schedules.change(projectId, scheduleId, body)
      return find(context, projectId, scheduleId)
    },
  }),
  route({
    ...{ ...facts, method: 'PATCH', path: one, id: 'pauseSchedule', access: 'operator' },
    action: 'pause schedule',
    summary: 'Has it pause, or go on from its next time on',
    params,
    body: z.strictObject({ isPaused: z.boolean() }),
    output: scheduleSchema,
    handle({ params: { projectId, scheduleId }, body: { isPaused } }, context) {
      const { name } = find(context, projectId, scheduleId)
      context.note({ name, isPaused })
      context.app.schedules.pause(projectId, scheduleId, isPaused)
      return find(context, projectId, scheduleId)
    },
  }),
  route({
    ...{ ...facts, method: 'DELETE', path: one, id: 'removeSchedule', access: 'admin', status: 204 },
    action: 'remove schedule',
    summary: 'Removes a schedule that no other runs after',
    params,
    body: nothing,
    output: nothing,
    handle({ params: { projectId, scheduleId } }, context) {
      context.note({ before: find(context, projectId, scheduleId) })
      context.app.schedules.remove(projectId, scheduleId, actorOf(context.principal))
    },
  }),
]
