import {
  type Channel,
  type ChannelChanges,
  type ChannelKind,
  channelSchema,
  secretNames,
} from '~/server/services/alerts/channel-kinds'

/** A question of the form, by the name of the channel's field. */
export interface ChannelField {
  name: keyof ChannelChanges
  label: string
  hint?: string
  placeholder?: string
  isOptional?: true
}

const address = (placeholder: string): ChannelField => ({ name: 'url', label: 'Address', placeholder })

/** What each kind asks for. */
export const channelFields: Record<ChannelKind, readonly ChannelField[]> = {
  mail: [
    { name: 'to', label: 'To', placeholder: 'ops@example.com, me@example.com' },
    { name: 'from', label: 'From', placeholder: 'backup@example.com' },
    {
      ...{ name: 'smtp', label: 'Mail server', placeholder: 'smtps://user:PASSWORD@smtp.example.com:465' },
      ...{ hint: 'Empty: through the sendmail of the machine.', isOptional: true },
    },
  ],
  webhook: [
    address('https://example.com/hook'),
    {
      ...{ name: 'key', label: 'Key of the signature', isOptional: true },
      hint: 'Signs each message as Standard Webhooks has it; 16 characters or more.',
    },
  ],
  slack: [address('https://hooks.slack.com/services/…')],
  discord: [address('https://discord.com/api/webhooks/…')],
  teams: [{ ...address('https://…'), hint: 'Of a workflow that posts when a webhook is called.' }],
  ntfy: [
    { name: 'server', label: 'Server', placeholder: 'https://ntfy.sh' },
    { name: 'topic', label: 'Topic', placeholder: 'backups-of-us' },
    { name: 'token', label: 'Access token', isOptional: true },
  ],
  pagerduty: [
    { name: 'routingKey', label: 'Integration key', hint: 'Of an integration of Events API v2.' },
    {
      ...{ name: 'server', label: 'Server', placeholder: 'https://events.pagerduty.com' },
      ...{ hint: 'Empty: that of PagerDuty in the United States.', isOptional: true },
    },
  ],
  healthchecks: [
    { ...address('https://hc-ping.com/…'), hint: 'Of a check that nothing else pings, with a long period.' },
  ],
}

export function isSecret(name: string): boolean {
  return secretNames.some((one) => one === name)
}

/** Of the box that takes a secret away. */
export const awayName = (field: string) => `${field}-away`

/** What was typed, by the names of the fields; those that are empty are left out, and null where one is to be taken away. */
export function typedFields(kind: ChannelKind, form: FormData): ChannelChanges {
  const typed = channelFields[kind].flatMap(({ name }): [string, string | string[] | null][] => {
    const value = String(form.get(name) ?? '').trim()
    if (value === '') return form.has(awayName(name)) ? [[name, null]] : []
    return [[name, name === 'to' ? value.split(/[,;\s]+/).filter(Boolean) : value]]
  })
  return Object.fromEntries(typed)
}

/** A new channel of what was typed, or what is wrong with it, by field. */
export function readChannel(
  kind: ChannelKind,
  fields: ChannelChanges,
): { channel?: Channel; problems: Record<string, string> } {
  const read = channelSchema.safeParse({ kind, ...fields })
  if (read.success) return { channel: read.data, problems: {} }
  const problems = read.error.issues.map(({ path, message }): [string, string] => [
    String(path[0]),
    `This ${message}.`,
  ])
  return { problems: Object.fromEntries(problems) }
}
