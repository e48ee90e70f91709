/**
 * Backs up a project and shows how far it is.
 *
 *     node --import tsx examples/nightly-backup.ts ENV_FILE
 */
import { backup, RunError } from 'supabase-backup'

const run = backup({ envFile: process.argv[2] })
console.log(`Run ${run.id}`)
for await (const event of run.events) {
  if (event.type === 'phase' && event.state === 'begin') console.log(event.phase)
  if (event.type === 'progress')
    console.log(`  ${event.label}: ${event.done} of ${event.total ?? '?'} ${event.unit}`)
  if (event.type === 'finding') console.log(`  ${event.severity}: ${event.message}`)
}
try {
  const report = await run.result
  console.log(report === null ? 'Not now, says ONLY_IF.' : `${report.outcome}: ${report.archive}`)
} catch (error) {
  if (!(error instanceof RunError)) throw error
  console.error(`${error.message} ${error.suggestion} [${error.code}]`)
  process.exitCode = error.exitCode
}
