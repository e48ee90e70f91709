import { z } from 'zod'
import { type Principal, shownName } from '../auth/principal.ts'
import { notFound } from '../problem.ts'
import { cronTimesSchema, scheduleIdSchema, scheduleInputSchema } from '../services/schedules/schedules.ts'
import { listProcedure, projectProcedure, router } from './base.ts'

const one = z.object({ scheduleId: scheduleIdSchema })
const said = z.object({ schedule: scheduleInputSchema })

export const schedulesRouter = router({
  list: listProcedure('viewer').query(({ ctx: { app, sees } }) => app.schedules.list(sees)),

  timers: listProcedure('viewer').query(({ ctx: { app, sees } }) => app.schedules.timers(sees)),

  takeOver: projectProcedure('admin', 'take over timer')
    .input(z.object({ unit: z.string().min(1).max(200), manager: z.enum(['user', 'system']) }))
    .mutation(({ ctx: { app, principal }, input: { projectId, ...timer } }) =>
      app.schedules.takeOver(projectId, timer, nameOf(principal)),
    ),

  preview: listProcedure('viewer')
    .input(cronTimesSchema)
    .query(({ ctx: { app }, input }) => app.schedules.preview(input)),

  add: projectProcedure('admin', 'add schedule')
    .input(said)
    .mutation(({ ctx: { app, principal }, input: { projectId, schedule } }) => {
      app.schedules.requireSeen(schedule, app.labels.seenBy(principal))
      return app.schedules.add(projectId, schedule, nameOf(principal))
    }),

  change: projectProcedure('admin', 'change schedule')
    .input(one.extend(said.shape))
    .mutation(({ ctx: { app, principal }, input: { projectId, scheduleId, schedule } }) => {
      app.schedules.requireSeen(schedule, app.labels.seenBy(principal))
      app.schedules.change(projectId, scheduleId, schedule)
    }),

  pause: projectProcedure('operator', 'pause schedule')
    .input(one.extend({ isPaused: z.boolean() }))
    .mutation(({ ctx: { app }, input }) =>
      app.schedules.pause(input.projectId, input.scheduleId, input.isPaused),
    ),

  remove: projectProcedure('admin', 'remove schedule')
    .input(one)
    .mutation(({ ctx: { app, principal }, input }) =>
      app.schedules.remove(input.projectId, input.scheduleId, nameOf(principal)),
    ),

  runNow: projectProcedure('operator', 'run schedule')
    .input(one)
    .mutation(({ ctx: { app, principal }, input }) =>
      app.schedules.runNow(input.projectId, input.scheduleId, nameOf(principal)),
    ),
})

function nameOf(principal: Principal | undefined): string {
  if (principal === undefined) throw notFound('user')
  return shownName(principal)
}
