/**
 * What `backup.sh --check` asks of the project itself: can everything be reached, with programs that fit?
 *
 *     preflight.ts [--components database,storage]
 *
 * Prints one line a condition, tab-separated: OK, WARN or FAIL; what was looked at; what was found; the remedy.
 * The exit code is 0 whatever was found.
 */
import { parseArgs } from 'node:util'
import { components } from './common/findings.ts'
import { loadConfig } from './config/load.ts'
import type { Condition } from './preflight/condition.ts'
import { checkDatabase } from './preflight/database.ts'
import { checkDrill } from './preflight/drill.ts'
import { checkStorage } from './preflight/storage.ts'

const { values: options } = parseArgs({
  options: { components: { type: 'string', default: components.join(',') } },
})
const wanted = options.components.split(',')
const config = loadConfig(process.env)

function print({ status, subject, text, remedy }: Condition): void {
  const fields = [status, subject, text, remedy ?? ''].map((field) => field.replaceAll(/\s+/g, ' '))
  process.stdout.write(`${fields.join('\t')}\n`)
}

if (wanted.includes('database')) for (const condition of await checkDatabase(config)) print(condition)
if (wanted.includes('storage')) for (const condition of await checkStorage(config)) print(condition)
if (wanted.includes('database')) for (const condition of await checkDrill(config)) print(condition)
