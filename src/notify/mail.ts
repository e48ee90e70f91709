import { runProgram } from '../common/process.ts'
import type { Settings } from '../config/variables.ts'
import type { Message, Notifier } from './notifier.ts'

const timeoutMs = 20_000

/** Mails a message to MAIL_TO: by SMTP where SMTP_URL is set, otherwise through sendmail. */
export function mail(settings: Settings): Notifier | undefined {
  const { MAIL_TO: to } = settings
  if (to === undefined || to.length === 0) return undefined
  return { name: 'mail', told: (message) => sendMail({ ...settings, MAIL_TO: to }, message) }
}

/** To whom, from whom, and by which way. */
type Way = Pick<Settings, 'MAIL_FROM' | 'SMTP_URL' | 'SENDMAIL'> & { MAIL_TO: readonly string[] }

/** Sends one mail. @throws where it was not taken; an error of SMTP has its `responseCode` */
export async function sendMail(
  way: Way,
  { event, subject, text }: Pick<Message, 'subject' | 'text'> & { event: string },
): Promise<void> {
  const { MAIL_FROM: from, SMTP_URL: server, SENDMAIL: sendmail } = way
  const composed = {
    ...{ from, text, to: [...way.MAIL_TO], subject: `[supabase-backup] ${subject}` },
    // RFC 3834: holiday notices are not sent in answer to these.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Supabase-Backup-Event': event },
  }
  // Loaded when there is something to send: most nights there is not.
  const { createTransport } = await import('nodemailer')
  if (server !== undefined) {
    const limits = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
    await createTransport({ url: server, ...limits }).sendMail(composed)
    return
  }
  const { envelope, message } = await createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'unix',
  }).sendMail(composed)
  await runProgram({
    program: sendmail,
    args: ['-i', '-f', envelope.from || from, '--', ...envelope.to],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    input: message.toString(),
    timeoutMs,
    phase: 'notify/mail',
    suggestion: 'Install a mail transfer agent, or set SMTP_URL.',
  })
}
