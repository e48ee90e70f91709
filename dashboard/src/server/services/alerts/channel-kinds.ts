import { z } from 'zod'

const webAddress = z
  .string()
  .trim()
  .max(2000)
  .refine((text) => {
    if (!URL.canParse(text)) return false
    const { protocol, username, password } = new URL(text)
    return /^https?:$/.test(protocol) && username === '' && password === ''
  }, 'is no address that begins with https://, or has a name or password in it')
const mailAddress = z
  .string()
  .trim()
  .max(254)
  .regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/, 'is no address of mail')
const secret = z.string().trim().min(1, 'is needed').max(500)

/** Who knows one of these may post in our name: they are kept sealed, most addresses among them. */
export const secretNames = ['url', 'key', 'token', 'routingKey', 'smtp'] as const

/** A channel, with all that is needed to send something. */
export const channelSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('mail'),
    to: z.array(mailAddress).min(1, 'needs one at least').max(20),
    from: mailAddress,
    smtp: z
      .string()
      .trim()
      .max(1000)
      .regex(/^smtps?:\/\/[^\s?#]+$/, 'is no address such as smtps://user:PASSWORD@smtp.example.com:465')
      .refine((text) => URL.canParse(text), 'is no address of a mail server')
      .optional()
      .describe('The mail server; without it mails go through the machine’s sendmail'),
  }),
  z.object({
    kind: z.literal('webhook'),
    url: webAddress,
    key: z
      .string()
      .trim()
      .min(16, 'needs 16 characters or more')
      .max(200)
      .optional()
      .describe('Signs messages as Standard Webhooks has it'),
  }),
  z.object({ kind: z.literal('slack'), url: webAddress }),
  z.object({ kind: z.literal('discord'), url: webAddress }),
  z.object({ kind: z.literal('teams'), url: webAddress }),
  z.object({
    kind: z.literal('ntfy'),
    server: webAddress,
    topic: z.string().regex(/^[\w-]{1,64}$/, 'is no topic of ntfy'),
    token: secret.optional(),
  }),
  z.object({
    kind: z.literal('pagerduty'),
    server: webAddress.default('https://events.pagerduty.com'),
    routingKey: secret.describe('The integration key of Events API v2'),
  }),
  z.object({ kind: z.literal('healthchecks'), url: webAddress }),
])
export type Channel = z.infer<typeof channelSchema>
export type ChannelKind = Channel['kind']

/** What is changed of a channel, by the names of its fields; what is not said stays, and null takes away what need not be there. */
export const channelChangesSchema = z.partialRecord(
  z.enum(['to', 'from', 'server', 'topic', ...secretNames]),
  z.union([z.string().max(2000), z.array(z.string().max(300)).max(20), z.null()]),
)
export type ChannelChanges = z.infer<typeof channelChangesSchema>

/** A channel's fields, those that are kept sealed apart from the others. */
export function dividedFields({ kind: _kind, ...fields }: Channel) {
  const isSecret = (name: string) => secretNames.some((one) => one === name)
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return {
    shown: Object.fromEntries(entries.filter(([name]) => !isSecret(name))),
    secrets: Object.fromEntries(entries.filter(([name]) => isSecret(name))),
  }
}

/** Where something goes to, as it may be shown of an address that may not. */
export function goesTo(channel: Channel): string {
  switch (channel.kind) {
    case 'mail':
      return channel.to.join(', ')
    case 'ntfy':
      return `${new URL(channel.server).host}/${channel.topic}`
    case 'pagerduty':
      return new URL(channel.server).host
    default:
      return new URL(channel.url).host
  }
}

/** The address typed beside a secret that is sent to it; undefined where the address is the secret. */
export function addressOf(channel: Channel): string | undefined {
  return 'server' in channel ? channel.server : undefined
}

/** Services that have a word for it when somebody has seen an alert; others need no message then. */
export function takesAcknowledged(kind: ChannelKind): boolean {
  return kind === 'pagerduty' || kind === 'webhook'
}
