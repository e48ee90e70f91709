import { plural } from '../common/units.ts'
import type { Config } from '../config/config.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { openOriginBriefly } from '../project/project.ts'
import type { Part } from './part.ts'
import { readParts } from './read.ts'
import { openSource } from './source.ts'

const subject = 'settings'

/** Can every setting be read, and if not, which are missing from a backup, and which right the token lacks? */
export async function checkSettings({ config }: { config: Config }): Promise<Condition[]> {
  try {
    const source = openSource(openOriginBriefly(config), { retry: { retries: 1 } })
    const { parts } = source
    try {
      await source.requireReadable()
      const leftOut = config.SETTINGS_SKIP ?? []
      const asked = parts.filter(({ name }) => !leftOut.includes(name))
      const answers = await readParts(asked, source.routes)
      const failed = answers.filter((answer) => answer.status === 'failed')
      return [
        ...unknownNames(leftOut, parts),
        ...failed.map(conditionOf),
        {
          status: 'OK',
          subject,
          text: `${plural(answers.length - failed.length, 'route')} of ${answers.length} can be read`,
        },
      ]
    } finally {
      await source.close()
    }
  } catch (error) {
    return [failedCondition(subject, error)]
  }
}

/** Of what is only recorded for people a backup is not the worse. */
function conditionOf({ part, reason }: { part: Part; reason: string }): Condition {
  const remedy = `Give the access token the right ${part.permission.read}; or, where the project’s plan has none, name ${part.name} in SETTINGS_SKIP.`
  return part.writer
    ? {
        status: 'FAIL',
        subject,
        text: `Each backup of the settings would be degraded, without ${part.name}: ${reason}`,
        remedy,
      }
    : { status: 'WARN', subject, text: `A backup would not record ${part.name}: ${reason}`, remedy }
}

function unknownNames(leftOut: readonly string[], parts: readonly Part[]): Condition[] {
  const unknown = leftOut.filter((name) => !parts.some((part) => part.name === name))
  return unknown.map((name) => ({
    status: 'WARN',
    subject,
    text: `SETTINGS_SKIP names ${name}, which there is not`,
    remedy: `There are: ${parts.map((part) => part.name).join(', ')}.`,
  }))
}
