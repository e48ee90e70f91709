/** Stands in for the worker of Storage: one object, a hard link to that of the generation before. See database.ts. */
import { existsSync, linkSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BackupError, ExitCode } from '../../../src/common/errors.ts'
import { runWorker } from '../../../src/common/worker.ts'

const { values: options } = parseArgs({
  strict: false,
  options: { generation: { type: 'string' }, previous: { type: 'string' } },
})

await runWorker('backup', async () => {
  const storage = join(String(options.generation), 'storage')
  mkdirSync(storage, { recursive: true })
  const before = join(String(options.previous ?? ''), 'storage/object')
  if (existsSync(before)) linkSync(before, join(storage, 'object'))
  else writeFileSync(join(storage, 'object'), 'object\n')
  // An object's file has the object's own time.
  utimesSync(join(storage, 'object'), 1_700_000_000, 1_700_000_000)
  if (['fail', 'crash'].includes(process.env['FIXTURE_BACKUP'] ?? ''))
    throw new BackupError({
      code: 'FIXTURE',
      message: 'It failed.',
      suggestion: 'Nothing.',
      phase: 'fixture',
    })
  const result = { component: 'storage', status: 'complete', seconds: 1, counts: {}, findings: [] }
  return { document: { status: 'complete', result }, exitCode: ExitCode.success }
})
