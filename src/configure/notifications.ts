import type { VariableName } from '../config/variables.ts'
import { askSecret, askText, askYesOrNo, type Questions, valueKnown } from './questions.ts'

const ways = ['HEALTHCHECKS_URL', 'WEBHOOK_URL', 'MAIL_TO'] as const

/** Offers the ways to hear of a failed, degraded or missing run. */
export async function askNotifications(questions: Questions): Promise<void> {
  const isKnown = (name: VariableName) => valueKnown(questions, name) !== undefined
  const isSet = ways.some(isKnown)
  if (!(await askYesOrNo(questions, 'Shall somebody be told when a backup fails or does not run?', !isSet)))
    return
  await askSecret(questions, 'HEALTHCHECKS_URL', 'Ping address of a Healthchecks check (empty: none)', {
    optional: true,
  })
  await askSecret(questions, 'WEBHOOK_URL', 'Webhook (empty: none)', { optional: true })
  if (isKnown('WEBHOOK_URL'))
    await askText(questions, 'WEBHOOK_FORMAT', 'Its format: json, slack or discord:', { suggestion: 'json' })
  await askText(questions, 'MAIL_TO', 'Mail address (empty: none):', { optional: true })
  if (isKnown('MAIL_TO'))
    await askSecret(questions, 'SMTP_URL', 'SMTP server, smtp://user:password@host:587 (empty: sendmail)', {
      optional: true,
    })
  if (!ways.some(isKnown))
    questions.terminal.output.write(
      '  WARN  Nothing was entered, so nobody will be told when a backup fails or does not run.\n',
    )
}
