/**
 * What is known of the runs, for the scripts and for people. The configuration comes from the environment, as
 * config.ts put it there; status reads it itself.
 *
 *     report.ts start ...         tells those who wait for it that a run begins
 *     report.ts finish ...        ends a run: report, status, summary, metrics, notifications
 *     report.ts notify ...        reports a run that could not do so itself, or tells what is overdue
 *     report.ts crashed       reports a run that was killed, before the next one begins
 *     report.ts status ...        what is known of a project, or of all; exit code 1 when something failed or is overdue
 *     report.ts prune-plan ...    what retention would keep and prune
 *     report.ts schema ...        writes the JSON Schemas of what --json prints
 *
 * The flags of each stand in src/report/commands/.
 */
import { BackupError, ExitCode } from './common/errors.ts'
import { failCommand } from './common/failure.ts'
import { createLog } from './common/log.ts'
import { printAnswer } from './common/output.ts'
import type { Command } from './report/commands/command.ts'

/** Each is loaded when it is asked for: to show the status takes less than to report a run. */
const commands: Record<string, () => Promise<Command>> = {
  finish: async () => (await import('./report/commands/finish.ts')).finishCommand,
  start: async () => (await import('./report/commands/start.ts')).startCommand,
  notify: async () => (await import('./report/commands/notify.ts')).notifyCommand,
  crashed: async () => (await import('./report/commands/crashed.ts')).crashedCommand,
  status: async () => (await import('./report/commands/status.ts')).statusCommand,
  'prune-plan': async () => (await import('./report/commands/prune-plan.ts')).prunePlanCommand,
  schema: async () => (await import('./report/commands/schema.ts')).schemaCommand,
}

const log = createLog('report')
const [name = '', ...args] = process.argv.slice(2)
try {
  const load = commands[name]
  if (!load)
    throw new BackupError({
      code: 'USAGE',
      message: `report.ts has no command "${name}".`,
      suggestion: `The commands are ${Object.keys(commands).join(', ')}.`,
      phase: 'report',
      exitCode: ExitCode.usage,
    })
  const command = await load()
  process.exitCode = await command({
    args,
    environment: process.env,
    log,
    publisher: () => import('./notify/publish.ts'),
    print: printAnswer,
  })
} catch (thrown) {
  failCommand('report', thrown, args.includes('--json'))
}
