import type { Settings } from '../config/variables.ts'
import { post } from './http.ts'
import type { Message, Notifier } from './notifier.ts'

/** Discord refuses messages of more than 2,000 characters; Slack cuts them at 40,000. */
const discordCharacters = 2000
const slackCharacters = 30_000

/** Posts a message to WEBHOOK_URL in the shape that WEBHOOK_FORMAT names. */
export function webhook(settings: Settings): Notifier | undefined {
  const { WEBHOOK_URL: address, WEBHOOK_FORMAT: format } = settings
  if (address === undefined) return undefined
  return {
    name: 'webhook',
    told: (message) => post(new URL(address), JSON.stringify(shapes[format](message)), 'application/json'),
  }
}

/** The text of a message, as all services that people read are sent it. */
type Text = Pick<Message, 'subject' | 'text'>

/** For an incoming webhook of Slack. */
export function slackBody({ subject, text }: Text): object {
  return { text: `*${escapeSlack(subject)}*\n${fenced(escapeSlack(text), slackCharacters)}` }
}

/** For a webhook of Discord. */
export function discordBody({ subject, text }: Text): object {
  return {
    content: `**${subject}**\n${fenced(text, discordCharacters - subject.length - 20)}`,
    // A table called @everyone must not wake everyone.
    allowed_mentions: { parse: [] },
  }
}

const shapes: Record<Settings['WEBHOOK_FORMAT'], (message: Message) => object> = {
  json: (message) => message,
  slack: slackBody,
  discord: discordBody,
}

function fenced(text: string, characters: number): string {
  return `\`\`\`\n${text.replaceAll('```', "'''").trimEnd().slice(0, characters)}\n\`\`\``
}

/** Slack's three control characters (api.slack.com/reference/surfaces/formatting). */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
