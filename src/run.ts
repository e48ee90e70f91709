/**
 * What the scripts ask of a run: whether a restore that ended early has left something to be finished, by exit code 0,
 *
 *     run.ts unfinished
 *
 * and what goes on beside each run, from its beginning to its end:
 *
 *     run.ts follow --directory DIR [--events FD] [--screen FD] [--announce]
 *
 * Reads the run's journal in DIR (src/run/records.ts), as the script and its workers write it, and makes of it `run.json`,
 * `events.jsonl` and the same events on the file descriptor FD, and the progress on the terminal that --screen names. With
 * --announce those who wait for it (Healthchecks) are told that the run begins. When the journal says that the run has
 * ended, it is reported: the arguments of `report.ts finish` lie in DIR/finish, NUL-separated, and what that prints goes
 * to stdout. Exit code 0 when the report was written and shown, 1 when it was not.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { renderError, toBackupError } from './common/errors.ts'
import { createLog } from './common/log.ts'
import { printAnswer } from './common/output.ts'
import { follow } from './run/follow.ts'
import type { BegunFacts } from './run/records.ts'

const log = createLog('run')
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    directory: { type: 'string' },
    events: { type: 'string' },
    screen: { type: 'string' },
    announce: { type: 'boolean', default: false },
  },
})

// They are the script's to answer, which says when the run has ended; it takes us along when it is killed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

async function announce({ kind, id }: BegunFacts): Promise<void> {
  const { startCommand } = await import('./report/commands/start.ts')
  const args = ['--kind', kind, '--run-id', id]
  await startCommand({ args, environment: process.env, log, publisher, print: () => {} })
}

/** Whether what was printed could be shown. */
let isShown = true

function print(text: string): void {
  try {
    printAnswer(text)
  } catch (thrown) {
    isShown = false
    log.error(renderError(toBackupError(thrown, 'run')))
  }
}

const finishing = () => import('./report/commands/finish.ts')
const publisher = () => import('./notify/publish.ts')

async function finish(directory: string) {
  const { finishAndTell } = await finishing()
  // The first is the command's name.
  const args = (await readFile(join(directory, 'finish'), 'utf8')).split('\0').slice(1, -1)
  return finishAndTell({ args, environment: process.env, log: createLog('report'), publisher, print })
}

async function followRun(directory: string): Promise<number> {
  let announced: Promise<void> | undefined
  // Loaded while the run waits for others: at its end everybody would wait for this. What is wrong with it, the end finds out.
  for (const load of [finishing, publisher]) load().catch(() => {})
  const run = await follow({
    directory,
    // What a night without anybody watching does not need is not loaded.
    reader:
      flags.events === undefined
        ? undefined
        : (await import('./run/reader.ts')).openReader(Number(flags.events)),
    screen:
      flags.screen === undefined
        ? undefined
        : (await import('./run/screen.ts')).openScreen(Number(flags.screen)),
    read: async (path) => (await import('./run/answer.ts')).answerFacts(path),
    begun: (facts) => {
      if (flags.announce) announced = announce(facts)
    },
    finish: async () => {
      await announced
      return finish(directory)
    },
  })
  if (!isShown) return 2
  return run.path === null ? 1 : 0
}

/** Whether a restore that ended has begun to change its target for good, as far as it could note that. */
async function isUnfinished(): Promise<boolean> {
  const { loadConfig } = await import('./config/load.ts')
  const { readResumeState } = await import('./restore/resume-state.ts')
  const { results, states } = await readResumeState(loadConfig(process.env).STATE_DIR)
  return results.length > 0 || Object.keys(states).length > 0
}

try {
  if (positionals[0] === 'unfinished') process.exit((await isUnfinished()) ? 0 : 1)
  if (positionals[0] !== 'follow' || flags.directory === undefined)
    throw new TypeError('run.ts needs: unfinished, or follow --directory DIR')
  process.exit(await followRun(flags.directory))
} catch (thrown) {
  if (positionals[0] === 'unfinished') process.exit(1)
  log.warn(`Nobody follows the run any more: ${renderError(toBackupError(thrown, 'run'))}`)
  // None of the three that a report has: the script reports the run itself then.
  process.exit(70)
}
