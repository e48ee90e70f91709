import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../common/log.ts'
import { createProgress } from '../../common/progress.ts'
import type { PsqlSession } from '../connect/psql.ts'
import type { StatementError } from '../connect/psql-errors.ts'
import type { Copies } from './load-rows.ts'

const loaded = 'loaded'

/** Loads rows through a session, and tells how many tables are done: psql says a word after each. */
export async function loadTelling(
  session: Pick<PsqlSession, 'attempt'>,
  { commands, files }: Copies,
  { dump, before, after, log }: { dump: string; before: string; after: string; log: Log },
): Promise<StatementError | undefined> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(dump, file))).size))
  const progress = createProgress(log, 'loading rows', {
    component: 'database',
    unit: 'tables',
    total: commands.length,
    totalBytes: sizes.reduce((sum, size) => sum + size, 0),
  })
  let next = 0
  const onPrinted = (line: string) => {
    if (line !== loaded) return
    progress.add(1, sizes[next])
    next += 1
  }
  try {
    const told = commands.map((command) => `${command}\\echo ${loaded}\n`)
    return await session.attempt([before, ...told, after], onPrinted)
  } finally {
    progress.end()
  }
}
