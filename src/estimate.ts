/**
 * What a backup would fetch and what it would take from the generation before: `backup.sh --estimate`.
 *
 *     estimate.ts --components LIST --scratch DIR [--previous DIR] [--json] [the flags of the components, such as --bucket ID]...
 *
 * What is read meanwhile goes into DIR; nothing is changed. A component that cannot be asked is named, and the exit code is 3; where
 * none can, it is that of the first one's error.
 */
import { parseArgs } from 'node:util'
import { ExitCode, renderError } from './common/errors.ts'
import { failCommand, failureDocument } from './common/failure.ts'
import { createLog } from './common/log.ts'
import { printAnswer } from './common/output.ts'
import { type Estimates, estimateComponents } from './components/estimate.ts'
import { joinDocuments } from './components/join-documents.ts'
import { flagsOf } from './components/list.ts'
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
  const { told, failed } = await estimateComponents(options.components.split(','), context)
  for (const [name, error] of failed) log.error(`${name} cannot be estimated: ${renderError(error)}`)
  if (options.json) printAnswer(`${JSON.stringify(documentOf({ told, failed }))}\n`)
  else printAnswer(told.map(({ text }) => text).join('\n'))
  if (failed.size > 0) process.exitCode = ExitCode.degraded
} catch (thrown) {
  failCommand('estimate', thrown, options.json)
}

/** What could not be asked stands under `failed`, with its error; without such there is no `failed`. */
function documentOf({ told, failed }: Estimates): Record<string, unknown> {
  const errors = [...failed].map(([name, error]) => [name, failureDocument(error).error])
  return joinDocuments(
    failed.size === 0 ? {} : { failed: Object.fromEntries(errors) },
    told.map(({ document }) => document),
  )
}
