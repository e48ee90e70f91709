/**
 * What there is to restore from: `restore.sh --list`.
 *
 *     sources.ts --archive-list FILE [--json | --newest archive|before-restore]
 *
 * FILE is the output of `borg list --json`; the project's configuration comes from the environment.
 * COLUMNS is how wide the terminal is, where lines are for one.
 * With --newest only the name of the newest of that kind is printed, and nothing when there is none.
 */
import { parseArgs } from 'node:util'
import { asTyped } from './common/as-typed.ts'
import { failCommand } from './common/failure.ts'
import { printAnswer } from './common/output.ts'
import { loadConfig } from './config/load.ts'
import { renderSources } from './interactive/list.ts'
import { listSources } from './interactive/sources.ts'
import { readStatusIfAny } from './report/store.ts'
import { readArchiveList, readPinReasons } from './retention/archives.ts'

const { values: options } = parseArgs({
  options: {
    'archive-list': { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    newest: { type: 'string' },
  },
})

try {
  const config = loadConfig(process.env)
  const now = new Date()
  const columns = Number(process.env['COLUMNS']) || undefined
  const list = await readArchiveList(options['archive-list'])
  const sources = await listSources({
    project: config.PROJECT_NAME,
    archives: list.names,
    foreign: list.foreign,
    pinReasons: await readPinReasons(options['archive-list']),
    local: config.LOCAL_BACKUP_DIR,
    extract: config.BORG_EXTRACT_DIR,
    status: await readStatusIfAny(config.STATE_DIR, config.PROJECT_NAME),
    now,
  })
  if (options.newest !== undefined)
    printAnswer(sources.find(({ kind, foreign }) => kind === options.newest && !foreign)?.name ?? '')
  else
    printAnswer(options.json ? `${JSON.stringify(sources)}\n` : asTyped(renderSources(sources, now, columns)))
} catch (thrown) {
  failCommand('sources', thrown, options.json)
}
