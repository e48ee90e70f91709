import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { mostCounted } from '../services/alerts/alerts.ts'
import { channelChangesSchema, channelSchema } from '../services/alerts/channel-kinds.ts'
import { channelNameSchema } from '../services/alerts/channels.ts'
import { ruleInputSchema } from '../services/alerts/rules.ts'
import { plural } from '../toolkit.ts'
import { listProcedure, procedure, router } from './base.ts'

const id = z.string().min(1).max(60)
const ofAlert = z.object({ alertId: id })
const ofRule = z.object({ ruleId: id })
const ofChannel = z.object({ channelId: id })
const shownOver = 50
const mostShown = 200

/** What is wrong, who is told of it, and by which rules. */
export const alertsRouter = router({
  open: listProcedure('viewer').query(({ ctx: { app, sees } }) =>
    app.alerts.list({ isOpen: true, limit: mostCounted }, sees),
  ),

  /** What nobody has acknowledged, in short. */
  summary: listProcedure('viewer').query(({ ctx: { app, sees } }) => app.alerts.summary(sees)),

  over: listProcedure('viewer').query(({ ctx: { app, sees } }) =>
    app.alerts.list({ isOpen: false, limit: shownOver }, sees),
  ),

  acknowledge: listProcedure('operator', 'acknowledge alert')
    .input(ofAlert)
    .mutation(({ ctx: { app, sees, principal, note }, input: { alertId } }) => {
      const { subject } = app.alerts.get(alertId, sees)
      note({ isNew: app.alerts.acknowledge(alertId, sees, actorOf(principal)) }, subject)
    }),

  acknowledgeMany: listProcedure('operator', 'acknowledge alerts')
    .input(z.object({ alertIds: z.array(id).min(1).max(mostCounted) }))
    .mutation(({ ctx: { app, sees, principal, note }, input: { alertIds } }) => {
      const subjects = alertIds.map((alertId) => app.alerts.get(alertId, sees).subject)
      const by = actorOf(principal)
      const fresh = alertIds.filter((alertId) => app.alerts.acknowledge(alertId, sees, by)).length
      note({ subjects, new: fresh }, plural(alertIds.length, 'alert'))
    }),

  deliveries: procedure('viewer').query(({ ctx: { app } }) =>
    app.alerts.deliveries.list({ limit: mostShown }),
  ),

  rules: procedure('viewer').query(({ ctx: { app } }) => app.alerts.rules.list()),

  addRule: procedure('admin', 'add alert rule')
    .input(z.object({ rule: ruleInputSchema }))
    .mutation(({ ctx: { app, note }, input: { rule } }) => {
      note({ after: rule }, rule.name)
      return app.alerts.rules.add(rule)
    }),

  changeRule: procedure('admin', 'change alert rule')
    .input(ofRule.extend({ rule: ruleInputSchema }))
    .mutation(({ ctx: { app, note }, input: { ruleId, rule } }) => {
      note({ before: app.alerts.rules.get(ruleId), after: rule }, rule.name)
      app.alerts.rules.change(ruleId, rule)
    }),

  removeRule: procedure('admin', 'remove alert rule')
    .input(ofRule)
    .mutation(({ ctx: { app, note }, input: { ruleId } }) => {
      const before = app.alerts.rules.get(ruleId)
      note({ before }, before.name)
      app.alerts.rules.remove(ruleId)
    }),

  channels: procedure('viewer').query(({ ctx: { app } }) => app.alerts.channels.list()),

  addChannel: procedure('admin', 'add alert channel')
    .input(z.object({ name: channelNameSchema, channel: channelSchema }))
    .mutation(({ ctx: { app, note }, input: { name, channel } }) => {
      const made = app.alerts.channels.add(name, channel)
      note({ after: app.alerts.channels.audited(made.channelId) }, name)
      return made
    }),

  changeChannel: procedure('admin', 'change alert channel')
    .input(ofChannel.extend({ name: channelNameSchema, fields: channelChangesSchema }))
    .mutation(({ ctx: { app, note }, input: { channelId, ...changes } }) => {
      const { channels } = app.alerts
      const before = channels.audited(channelId)
      channels.change(channelId, changes)
      note({ before, after: channels.audited(channelId) }, changes.name)
    }),

  removeChannel: procedure('admin', 'remove alert channel')
    .input(ofChannel)
    .mutation(({ ctx: { app, note }, input: { channelId } }) => {
      const before = app.alerts.channels.audited(channelId)
      note({ before }, before.name)
      app.alerts.channels.remove(channelId)
    }),

  testChannel: procedure('admin', 'test alert channel')
    .input(ofChannel)
    .mutation(async ({ ctx: { app, note }, input: { channelId } }) => {
      const { name } = app.alerts.channels.find(channelId)
      const sent = await app.alerts.deliveries.test(channelId)
      note({ isDelivered: sent.isDelivered }, name)
      return sent
    }),
})
