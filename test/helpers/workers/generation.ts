/** Stands in for the worker that makes a generation of what the components have written. See database.ts. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { awaitTurn } from '../../../src/common/await-turn.ts'
import { ExitCode } from '../../../src/common/errors.ts'
import { runWorker } from '../../../src/common/worker.ts'

const { values: options } = parseArgs({
  allowPositionals: true,
  options: {
    generation: { type: 'string', default: '' },
    previous: { type: 'string' },
    components: { type: 'string' },
    'run-directory': { type: 'string', default: '' },
    'run-id': { type: 'string' },
    started: { type: 'string' },
    archives: { type: 'string' },
    'accept-shrink': { type: 'boolean' },
    unconfigured: { type: 'string' },
    turn: { type: 'string' },
  },
})

if (options.turn !== undefined) await awaitTurn(options.turn)

await runWorker('backup', async () => {
  const { generation } = options
  const given = join(generation, 'arguments.json')
  writeFileSync(
    given,
    JSON.stringify({ ...JSON.parse(existsSync(given) ? readFileSync(given, 'utf8') : '{}'), ...options }),
  )
  writeFileSync(join(generation, 'manifest.json'), '{}')
  const prunable = (process.env['FIXTURE_PRUNABLE'] ?? '').split(' ').filter((name) => name !== '')
  writeFileSync(join(options['run-directory'], 'prunable'), prunable.map((name) => `${name}\n`).join(''))
  const status = process.env['FIXTURE_BACKUP'] === 'degraded' ? 'degraded' : 'complete'
  return {
    document: { status, components: [], versions: {} },
    exitCode: status === 'degraded' ? ExitCode.degraded : ExitCode.success,
  }
})
