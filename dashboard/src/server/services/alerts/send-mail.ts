import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { sendMail as mailIt } from '../../toolkit.ts'
import type { Channel } from './channel-kinds.ts'
import { AddressRefused, type Limits, requireAddress } from './guard.ts'
import type { AlertMessage } from './messages.ts'
import type { Sent } from './send.ts'

/** Mails a message as the toolkit mails its own. Never throws. */
export async function sendMail(
  { to, from, smtp }: Extract<Channel, { kind: 'mail' }>,
  { event, subject, text, link }: AlertMessage,
  limits: Limits,
): Promise<Sent> {
  try {
    const server = smtp === undefined ? undefined : await pinnedServer(smtp, limits)
    await mailIt(
      { MAIL_TO: to, MAIL_FROM: from, SMTP_URL: server, SENDMAIL: '/usr/sbin/sendmail' },
      { event, subject, text: link === null ? text : `${text}\n\n${link}` },
    )
    return { isDelivered: true, mayRetry: false, answer: 'handed over' }
  } catch (error) {
    const answer = error instanceof Error ? error.message : String(error)
    // 5xx of SMTP: it will not be taken later either.
    const isFinal = error instanceof Error && 'responseCode' in error && Number(error.responseCode) >= 500
    const mayRetry = !isFinal && !(error instanceof AddressRefused)
    // What was said after the server had begun to take it, and without a word of it, may have come too late.
    const mayHaveArrived =
      error instanceof Error && !('responseCode' in error) && 'command' in error && error.command === 'DATA'
    return { isDelivered: false, mayHaveArrived, mayRetry, answer: answer.slice(0, 600) }
  }
}

/**
 * The same server by an address that was looked at, so that the name cannot lead elsewhere a moment later; its certificate is still held
 * to the name.
 */
async function pinnedServer(smtp: string, limits: Limits): Promise<string> {
  // Hosts of schemes that URL does not know are taken as they stand: 0x7f.1 would be no address there.
  const url = new URL(smtp.replace(/^smtp/, 'http'))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) ? [host] : (await lookup(host, { all: true })).map(({ address }) => address)
  for (const address of addresses) requireAddress(address, limits)
  const [first = host] = addresses.toSorted((a, b) => isIP(a) - isIP(b))
  const port = /:\d+(?=\/*$)/.exec(smtp)?.[0] ?? ''
  const user = url.username === '' ? '' : `${url.username}:${url.password}@`
  const name = isIP(host) ? '' : `?servername=${encodeURIComponent(host)}`
  const scheme = smtp.startsWith('smtps:') ? 'smtps' : 'smtp'
  return `${scheme}://${user}${isIP(first) === 6 ? `[${first}]` : first}${port}${name}`
}
