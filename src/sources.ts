/**
 * What there is to restore from: `restore.sh --list`.
 *
 *     sources.ts --archive-list FILE [--json]
 *
 * FILE is the output of `borg list --json`; the project's configuration comes from the environment.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { failCommand } from './common/failure.ts'
import { loadConfig } from './config/load.ts'
import { renderSources } from './interactive/list.ts'
import { listSources } from './interactive/sources.ts'
import { readStatusIfAny } from './report/store.ts'
import { archiveNames } from './retention/archives.ts'

const { values: options } = parseArgs({
  options: { 'archive-list': { type: 'string', default: '' }, json: { type: 'boolean', default: false } },
})

try {
  const config = loadConfig(process.env)
  const sources = await listSources({
    project: config.PROJECT_NAME,
    archives: archiveNames(await readFile(options['archive-list'], 'utf8')),
    local: config.LOCAL_BACKUP_DIR,
    extract: config.BORG_EXTRACT_DIR,
    status: await readStatusIfAny(config.STATE_DIR, config.PROJECT_NAME),
  })
  process.stdout.write(options.json ? `${JSON.stringify(sources)}\n` : renderSources(sources, new Date()))
} catch (thrown) {
  failCommand('sources', thrown, options.json)
}
