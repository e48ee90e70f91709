import { loadConfig } from '../../config/load.ts'
import { type CommandContext, parseFlags, required, runKind } from './command.ts'

/** `report.ts start --kind KIND --run-id ID`: tells those who wait for it (Healthchecks) that a run begins. */
export async function startCommand({ args, environment, log, publisher }: CommandContext): Promise<number> {
  const flags = parseFlags(args, { kind: { type: 'string' }, 'run-id': { type: 'string' } })
  const run = { kind: runKind(flags.kind), runId: required(flags['run-id'], 'run-id') }
  await (await publisher()).publishStart(run, loadConfig(environment), log)
  return 0
}
