import { z } from 'zod'
import { channelChangesSchema, channelSchema } from '../services/alerts/channel-kinds.ts'
import { channelNameSchema } from '../services/alerts/channels.ts'
import { ruleInputSchema } from '../services/alerts/rules.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { channelShownSchema, ruleSchema } from './shapes.ts'

const id = z.string().min(1).max(60)
const facts = { tag: 'Alerts', status: 200, query: noFields } as const
const channelParams = z.object({ channelId: id })
const ruleParams = z.object({ ruleId: id })
const channelPath = '/alerts/channels/{channelId}'
const rulePath = '/alerts/rules/{ruleId}'

/** Where alerts are told. */
const channelRoutes: readonly Route[] = [
  route({
    ...{ ...facts, method: 'GET', path: '/alerts/channels', id: 'listAlertChannels', access: 'viewer' },
    summary: 'Channels, without their secrets',
    params: noFields,
    body: nothing,
    output: z.object({ data: z.array(channelShownSchema) }),
    handle: (_, { app }) => ({ data: app.alerts.channels.list() }),
  }),
  route({
    ...{ ...facts, method: 'POST', path: '/alerts/channels', id: 'addAlertChannel', access: 'admin' },
    ...{ status: 201, action: 'add alert channel' },
    summary: 'Makes a channel; its secrets are kept sealed and never answered',
    params: noFields,
    body: z.strictObject({ name: channelNameSchema, channel: channelSchema }),
    output: channelShownSchema,
    location: (channel) => `/alerts/channels/${channel.id}`,
    handle({ body: { name, channel } }, { app: { alerts }, note }) {
      const { channelId } = alerts.channels.add(name, channel)
      note({ after: alerts.channels.audited(channelId) }, name)
      return alerts.channels.get(channelId)
    },
  }),
  route({
    ...{ ...facts, method: 'GET', path: channelPath, id: 'getAlertChannel', access: 'viewer' },
    summary: 'A channel, without its secrets',
    params: channelParams,
    body: nothing,
    output: channelShownSchema,
    handle: ({ params }, { app }) => app.alerts.channels.get(params.channelId),
  }),
  route({
    ...{ ...facts, method: 'PATCH', path: channelPath, id: 'changeAlertChannel', access: 'admin' },
    action: 'change alert channel',
    summary: 'Changes a channel; what is not said stays, secrets too, unless it leads elsewhere now',
    params: channelParams,
    body: z.strictObject({ name: channelNameSchema.optional(), fields: channelChangesSchema.default({}) }),
    output: channelShownSchema,
    handle({ params: { channelId }, body }, { app: { alerts }, note }) {
      const before = alerts.channels.audited(channelId)
      // What is refused is noted of it as well.
      note({ before }, before.name)
      alerts.channels.change(channelId, body)
      note({ after: alerts.channels.audited(channelId) })
      return alerts.channels.get(channelId)
    },
  }),
  route({
    ...{ ...facts, method: 'DELETE', path: channelPath, id: 'removeAlertChannel', access: 'admin' },
    ...{ status: 204, action: 'remove alert channel' },
    summary: 'Removes a channel that no rule tells alerts to',
    params: channelParams,
    body: nothing,
    output: nothing,
    handle({ params: { channelId } }, { app: { alerts }, note }) {
      const before = alerts.channels.audited(channelId)
      note({ before }, before.name)
      alerts.channels.remove(channelId)
    },
  }),
  route({
    ...{ ...facts, method: 'POST', path: `${channelPath}/tests`, id: 'testAlertChannel', access: 'admin' },
    action: 'test alert channel',
    summary: 'Sends a test, once, and says what was answered',
    params: channelParams,
    body: nothing,
    output: z.object({ isDelivered: z.boolean(), answer: z.string() }),
    async handle({ params: { channelId } }, { app, note }) {
      const { name } = app.alerts.channels.find(channelId)
      const sent = await app.alerts.deliveries.test(channelId)
      note({ isDelivered: sent.isDelivered }, name)
      return sent
    },
  }),
]

/** What is told of, of which projects, and where. */
const ruleRoutes: readonly Route[] = [
  route({
    ...{ ...facts, method: 'GET', path: '/alerts/rules', id: 'listAlertRules', access: 'viewer' },
    summary: 'Rules: what is told of, of which projects, and where',
    params: noFields,
    body: nothing,
    output: z.object({ data: z.array(ruleSchema) }),
    handle: (_, { app }) => ({ data: app.alerts.rules.list() }),
  }),
  route({
    ...{ ...facts, method: 'POST', path: '/alerts/rules', id: 'addAlertRule', access: 'admin' },
    ...{ status: 201, action: 'add alert rule' },
    summary: 'Makes a rule',
    params: noFields,
    body: ruleInputSchema,
    output: ruleSchema,
    location: (rule) => `/alerts/rules/${rule.id}`,
    handle({ body }, { app: { alerts }, note }) {
      note({ after: body }, body.name)
      return alerts.rules.get(alerts.rules.add(body).ruleId)
    },
  }),
  route({
    ...{ ...facts, method: 'GET', path: rulePath, id: 'getAlertRule', access: 'viewer' },
    summary: 'A rule',
    params: ruleParams,
    body: nothing,
    output: ruleSchema,
    handle: ({ params }, { app }) => app.alerts.rules.get(params.ruleId),
  }),
  route({
    ...{ ...facts, method: 'PUT', path: rulePath, id: 'changeAlertRule', access: 'admin' },
    action: 'change alert rule',
    summary: 'Puts another rule in its place; what it does not find any more is over',
    params: ruleParams,
    body: ruleInputSchema,
    output: ruleSchema,
    handle({ params: { ruleId }, body }, { app: { alerts }, note }) {
      note({ before: alerts.rules.get(ruleId), after: body }, body.name)
      alerts.rules.change(ruleId, body)
      return alerts.rules.get(ruleId)
    },
  }),
  route({
    ...{ ...facts, method: 'DELETE', path: rulePath, id: 'removeAlertRule', access: 'admin' },
    ...{ status: 204, action: 'remove alert rule' },
    summary: 'Removes a rule; the alerts that it has opened are over',
    params: ruleParams,
    body: nothing,
    output: nothing,
    handle({ params: { ruleId } }, { app: { alerts }, note }) {
      const before = alerts.rules.get(ruleId)
      note({ before }, before.name)
      alerts.rules.remove(ruleId)
    },
  }),
]

export const alertSettingRoutes: readonly Route[] = [...channelRoutes, ...ruleRoutes]
