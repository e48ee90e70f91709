import { z } from 'zod'
import type { ProjectOptions } from './options.ts'
import { throwFailure, unknownAnswer } from './run.ts'
import { documentOf, startScript } from './script.ts'

/** Has a script answer a question. @throws BackupError when it cannot */
export async function ask<Answer>(
  script: 'backup.sh' | 'restore.sh',
  args: readonly string[],
  options: ProjectOptions,
  schema: z.ZodType<Answer>,
): Promise<Answer> {
  const { events, ended } = startScript(script, args, options)
  events.resume()
  const document = documentOf(script, await ended)
  const answer = schema.safeParse(document)
  if (answer.success) return answer.data
  throwFailure(document)
  throw unknownAnswer(script, z.prettifyError(answer.error))
}
