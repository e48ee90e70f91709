/**
 * Says which tests were skipped, from Vitest's report in JSON:
 *
 *     node skipped.mjs REPORT
 *
 * A line that counts them, and one for each with the reason, which test/helpers/skipped.ts puts into its title. Plain
 * JavaScript, as .ci/run starts it with any Node.
 */
import { readFileSync } from 'node:fs'

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const lines = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName, meta }) => {
      const reason = meta?.skipped === undefined ? '' : ` [skipped: ${meta.skipped}]`
      return `  ${name.slice(name.lastIndexOf('/test/') + 1)}: ${fullName}${reason}`
    }),
)
console.log([`${lines.length} skipped${lines.length === 0 ? '' : ':'}`, ...lines].join('\n'))
