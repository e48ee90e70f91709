/**
 * What `backup.sh --check` asks of the project itself: can everything be reached, with programs that fit?
 *
 *     preflight.ts [--components LIST] [--unconfigured LIST]
 *
 * The unconfigured are those that a backup is made without, as the settings lack for them. Prints one line a condition,
 * tab-separated: OK, WARN or FAIL; what was looked at; what was found; what was measured, as JSON; the remedy. The exit code is 0
 * whatever was found.
 */
import { parseArgs } from 'node:util'
import { failCommand } from './common/failure.ts'
import { silentLog } from './common/log.ts'
import { printAnswer } from './common/output.ts'
import { componentNames, components } from './components/list.ts'
import { loadConfig } from './config/load.ts'
import type { Condition } from './preflight/condition.ts'

const { values: options } = parseArgs({
  options: {
    components: { type: 'string', default: componentNames.join(',') },
    unconfigured: { type: 'string', default: '' },
  },
})
const among = (list: string) => components.filter(({ name }) => list.split(',').includes(name))
const wanted = among(options.components)
const context = { config: loadConfig(process.env), log: silentLog, signal: new AbortController().signal }

function print({ status, subject, text, remedy, facts = {} }: Condition): void {
  // The remedy, which may be empty, comes last: Bash takes several tabs for one.
  const fields = [status, subject, text, JSON.stringify(facts), remedy ?? ''].map((field) =>
    field.replaceAll(/\s+/g, ' '),
  )
  printAnswer(`${fields.join('\t')}\n`)
}

async function look(): Promise<void> {
  for (const { name, configuration } of among(options.unconfigured)) {
    const problem = configuration.missing(context.config)
    if (problem === undefined) continue
    const text = `Not backed up. ${problem.message} ${configuration.lost}`
    print({ status: 'WARN', subject: name, text, remedy: problem.suggestion })
  }
  for (const component of wanted) for (const condition of await component.preflight(context)) print(condition)
  for (const { name, drill } of wanted) {
    if (drill.provable) for (const condition of (await drill.preflight?.(context)) ?? []) print(condition)
    else print({ status: 'OK', subject: 'drill', text: `A drill does not prove ${name}: ${drill.because}` })
  }
}

try {
  await look()
} catch (thrown) {
  failCommand('preflight', thrown)
  // What was still asked is not waited for.
  process.exit()
}
