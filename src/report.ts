/**
 * What is known of the runs, for the scripts and for people. The configuration comes from the environment, as
 * config.ts put it there.
 *
 *     report.ts start ...         tells those who wait for it that a run begins
 *     report.ts finish ...        ends a run: report, status, summary, metrics, notifications
 *     report.ts notify ...        reports a run that could not do so itself, or tells what is overdue
 *     report.ts crashed       reports a run that was killed, before the next one begins
 *     report.ts status ...        what is known of a project, or of all; exit code 1 when something is overdue
 *     report.ts prune-plan ...    what retention would keep and prune
 *     report.ts schema ...        writes the JSON Schemas of what --json prints
 *
 * The flags of each stand in src/report/commands/.
 */
import { BackupError, ExitCode } from './common/errors.ts'
import { failCommand } from './common/failure.ts'
import { createLog } from './common/log.ts'
import type { Command } from './report/commands/command.ts'
import { crashedCommand } from './report/commands/crashed.ts'
import { finishCommand } from './report/commands/finish.ts'
import { notifyCommand } from './report/commands/notify.ts'
import { prunePlanCommand } from './report/commands/prune-plan.ts'
import { schemaCommand } from './report/commands/schema.ts'
import { startCommand } from './report/commands/start.ts'
import { statusCommand } from './report/commands/status.ts'

const commands: Record<string, Command> = {
  finish: finishCommand,
  start: startCommand,
  notify: notifyCommand,
  crashed: crashedCommand,
  status: statusCommand,
  'prune-plan': prunePlanCommand,
  schema: schemaCommand,
}

const log = createLog('report')
const [name = '', ...args] = process.argv.slice(2)
try {
  const command = commands[name]
  if (!command)
    throw new BackupError({
      code: 'USAGE',
      message: `report.ts has no command "${name}".`,
      suggestion: `The commands are ${Object.keys(commands).join(', ')}.`,
      phase: 'report',
      exitCode: ExitCode.usage,
    })
  process.exitCode = await command({
    args,
    environment: process.env,
    log,
    print: (text) => process.stdout.write(text),
  })
} catch (thrown) {
  failCommand('report', thrown, args.includes('--json'))
}
