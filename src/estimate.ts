/**
 * What a backup would fetch and what it would take from the generation before: `backup.sh --estimate`.
 *
 *     estimate.ts --components LIST --scratch DIR [--previous DIR] [--json] [the flags of the components, such as --bucket ID]...
 *
 * What is read meanwhile goes into DIR; nothing is changed.
 */
import { parseArgs } from 'node:util'
import { failCommand } from './common/failure.ts'
import { createLog } from './common/log.ts'
import { printAnswer } from './common/output.ts'
import { components, findComponent, flagsOf } from './components/list.ts'
import { loadConfig } from './config/load.ts'

const { values: flags } = parseArgs({ options: flagsOf('backup'), strict: false })
const { values: options } = parseArgs({
  options: {
    ...flagsOf('backup'),
    components: { type: 'string', default: '' },
    scratch: { type: 'string', default: '' },
    previous: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const log = createLog('estimate')

try {
  const config = loadConfig(process.env)
  const { scratch, previous } = options
  const context = { config, scratch, previous, flags, log, signal: new AbortController().signal }
  const wanted = options.components.split(',')
  const estimates = []
  for (const component of components.filter(({ name }) => wanted.includes(name))) {
    const { optional, missing } = component.configuration
    const holder = component.within === undefined ? undefined : findComponent(component.within)
    if (holder !== undefined && holder.configuration.missing(config) === undefined) continue
    if (optional && missing(config) !== undefined) continue
    const estimate = await component.estimate?.(context)
    if (estimate) estimates.push(estimate)
  }
  const document = Object.assign({}, ...estimates.map((estimate) => estimate.document))
  printAnswer(options.json ? `${JSON.stringify(document)}\n` : estimates.map(({ text }) => text).join('\n'))
} catch (thrown) {
  failCommand('estimate', thrown, options.json)
}
