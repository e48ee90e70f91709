import { runProgram } from '../common/process.ts'
import type { Settings } from '../config/variables.ts'
import type { Message, Notifier } from './notifier.ts'

const timeoutMs = 20_000

/** Mails a message to MAIL_TO: by SMTP where SMTP_URL is set, otherwise through sendmail. */
export function mail(settings: Settings): Notifier | undefined {
  const { MAIL_TO: to, SMTP_URL: server, SENDMAIL: sendmail } = settings
  if (to === undefined || to.length === 0) return undefined
  const compose = ({ event, subject, text }: Message) => ({
    from: settings.MAIL_FROM,
    to,
    subject: `[supabase-backup] ${subject}`,
    text,
    // RFC 3834: holiday notices are not sent in answer to these.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Supabase-Backup-Event': event },
  })
  return {
    name: 'mail',
    told: async (message) => {
      // Loaded when there is something to send: most nights there is not.
      const { createTransport } = await import('nodemailer')
      if (server !== undefined) {
        const limits = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
        await createTransport({ url: server, ...limits }).sendMail(compose(message))
        return
      }
      const composed = await createTransport({
        streamTransport: true,
        buffer: true,
        newline: 'unix',
      }).sendMail(compose(message))
      await runProgram({
        program: sendmail,
        args: ['-i', '-f', composed.envelope.from || settings.MAIL_FROM, '--', ...composed.envelope.to],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
        input: composed.message.toString(),
        timeoutMs,
        phase: 'notify/mail',
        suggestion: 'Install a mail transfer agent, or set SMTP_URL.',
      })
    },
  }
}
