import { createHmac } from 'node:crypto'
import { discordBody, pingAddress, slackBody } from '../../toolkit.ts'
import type { Channel } from './channel-kinds.ts'
import type { Outgoing } from './send.ts'

/** What is told. */
export interface AlertMessage {
  what: 'opened' | 'repeated' | 'acknowledged' | 'resolved' | 'test'
  /** The alert's; the same in all messages about it. */
  alertId: string
  /** This message's, the same when it is sent again. */
  deliveryId: string
  event: string
  /** Null where it is of the machine. */
  project: string | null
  severity: 'critical' | 'warning'
  /** One line. */
  subject: string
  text: string
  /** When it was found, ISO 8601. */
  openedAt: string
  /** Whether other alerts that were told here are open. */
  hasOthers: boolean
  /** The dashboard's page about it, where its address is known. */
  link: string | null
}

type WebChannel = Exclude<Channel, { kind: 'mail' }>

/** The message in the form that the channel's service documents. */
export function outgoingOf(channel: WebChannel, message: AlertMessage, now: Date): Outgoing {
  const linked = { ...message, text: withLink(message) }
  switch (channel.kind) {
    case 'webhook':
      return signed(channel, message, now)
    case 'slack':
      return posted(channel.url, slackBody(linked))
    case 'discord':
      return posted(channel.url, discordBody(linked))
    case 'teams':
      return posted(channel.url, adaptiveCard(message))
    case 'ntfy':
      return ntfy(channel, message)
    case 'pagerduty':
      return posted(new URL('/v2/enqueue', channel.server).href, pagerDutyEvent(channel.routingKey, message))
    case 'healthchecks':
      return {
        url: pingAddress(channel.url, signalOf(message)).href,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: `${message.subject}\n\n${linked.text}`,
      }
  }
}

function withLink({ text, link }: AlertMessage): string {
  return link === null ? text : `${text}\n\n${link}`
}

function posted(url: string, body: object): Outgoing {
  return { url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** As Standard Webhooks 1.0 has it: HMAC-SHA256 of id, time and body, with dots between; the key as Base64 after `whsec_`. */
function signed(
  { url, key }: Extract<Channel, { kind: 'webhook' }>,
  message: AlertMessage,
  now: Date,
): Outgoing {
  const { deliveryId, what, hasOthers: _, ...data } = message
  const outgoing = posted(url, { type: `alert.${what}`, timestamp: now.toISOString(), data })
  const time = String(Math.floor(now.getTime() / 1000))
  const headers = { ...outgoing.headers, 'webhook-id': deliveryId, 'webhook-timestamp': time }
  if (key === undefined) return { ...outgoing, headers }
  const signature = createHmac('sha256', keyBytes(key))
    .update(`${deliveryId}.${time}.${outgoing.body}`)
    .digest('base64')
  return { ...outgoing, headers: { ...headers, 'webhook-signature': `v1,${signature}` } }
}

function keyBytes(key: string): Buffer {
  return key.startsWith('whsec_') ? Buffer.from(key.slice(6), 'base64') : Buffer.from(key)
}

/** For a workflow of Teams that posts when a webhook is called: an Adaptive Card in a message. */
function adaptiveCard({ subject, text, what, severity, link }: AlertMessage): object {
  const color = what === 'resolved' ? 'Good' : severity === 'critical' ? 'Attention' : 'Warning'
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    body: [
      { type: 'TextBlock', size: 'Medium', weight: 'Bolder', wrap: true, color, text: subject },
      { type: 'TextBlock', wrap: true, text },
    ],
    ...(link !== null && { actions: [{ type: 'Action.OpenUrl', title: 'Open the dashboard', url: link }] }),
  }
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }
  return { type: 'message', attachments: [attachment] }
}

/** Published as JSON to the server's root, with the topic in it; a message has 4,096 bytes at most, or it becomes a file. */
function ntfy(channel: Extract<Channel, { kind: 'ntfy' }>, message: AlertMessage): Outgoing {
  const { what, severity, subject, text, link } = message
  const isUrgent = severity === 'critical' && (what === 'opened' || what === 'repeated')
  const tag =
    what === 'resolved' ? 'white_check_mark' : severity === 'critical' ? 'rotating_light' : 'warning'
  const { server, topic, token } = channel
  const outgoing = posted(server, {
    ...{ topic, title: subject, message: text.slice(0, 1300), priority: isUrgent ? 4 : 3, tags: [tag] },
    ...(link !== null && { click: link }),
  })
  if (token === undefined) return outgoing
  return { ...outgoing, headers: { ...outgoing.headers, authorization: `Bearer ${token}` } }
}

const pagerDutyActions = {
  opened: 'trigger',
  repeated: 'trigger',
  test: 'trigger',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
}

/** Events API v2: `dedup_key` (255 characters at most) holds the events of an alert together; a summary has 1,024 at most. */
function pagerDutyEvent(routingKey: string, message: AlertMessage): object {
  const { what, alertId, subject, text, severity, project, event, openedAt, link } = message
  return {
    routing_key: routingKey,
    event_action: pagerDutyActions[what],
    dedup_key: alertId,
    payload: {
      summary: subject.slice(0, 1024),
      source: project ?? 'this machine',
      severity: what === 'test' ? 'info' : severity,
      timestamp: openedAt,
      component: 'backup',
      class: event,
      custom_details: { text },
    },
    client: 'Backups',
    ...(link !== null && { links: [{ href: link, text: 'Open the dashboard' }], client_url: link }),
  }
}

/** A ping at the address itself says that all is well, one at `/fail` that it is not, and one at `/log` changes nothing. */
function signalOf({ what, hasOthers }: AlertMessage): string {
  if (what === 'opened' || what === 'repeated') return 'fail'
  return what === 'resolved' && !hasOthers ? '' : 'log'
}
