import { randomUUID } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describeEnd, type RunningProgram, startProgram } from '../common/process.ts'
import type { RunReport } from '../report/schema.ts'
import { applyRun, emptyStatus } from '../report/status.ts'
import { updateStatus, writeReport } from '../report/store.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { runScript } from './scripts.ts'
import { makePlaces } from './workspace.ts'

const root = join(import.meta.dirname, '../..')
const dayMs = 86_400_000
const nights = 30

/** What the last month of each project was like: the night, counted back from today, that did not go well. */
const projects = [
  { name: 'shop', failedNight: undefined },
  { name: 'blog', failedNight: 1 },
  { name: 'wiki', failedNight: 12 },
] as const
/** A backup of it is under way as long as the demo lasts. */
const busy = 'wiki'

/**
 * `npm run demo -- --dashboard`: three sandbox projects that were really backed up once, a month of reports before that which is made up
 * of these, a failed night, a backup that is under way, and the dashboard over it all, until Ctrl-C.
 * @param options.port for the dashboard
 * @param options.say prints a line
 */
export async function demonstrateDashboard(options: {
  folder: string
  signal: AbortSignal
  size: 'small' | 'demo'
  port: string
  say: (line: string) => void
}): Promise<void> {
  const { folder, signal, size, port, say } = options
  // PostgreSQL runs as a user of its own when we are root: it may pass through, not look around.
  await chmod(folder, 0o711)
  const places = await makePlaces(folder)
  const sandboxes: Sandbox[] = []
  const programs: RunningProgram[] = []
  try {
    for (const { name, failedNight } of projects) {
      say(`${name}: a Supabase-shaped project starts, is backed up, and gets a month of history`)
      const directory = join(folder, name)
      const sandbox = await startSandbox({ directory, application: size, signal })
      sandboxes.push(sandbox)
      const envFile = await writeEnvFile({ folder, name, sandbox, places })
      const log = join(folder, 'scripts.log')
      const report = await runScript({
        command: ['backup.sh', '--env-file', envFile, '--quiet'],
        ...{ places, signal, log },
      })
      await leaveHistory({ report, failedNight, stateDirectory: stateOf(places, name) })
    }
    programs.push(await startHeldBackup({ folder, places, signal }))
    say(`${busy}: a backup has begun, and goes on until the demo ends\n`)
    programs.push(await serveDashboard({ folder, places, signal, port, say }))
    say('Ctrl-C ends everything and removes the folder.')
    await stopped(signal, programs)
  } finally {
    for (const program of programs) program.stop()
    await Promise.all(programs.map(({ ended }) => ended))
    for (const sandbox of sandboxes) await sandbox.stop()
  }
}

function stateOf(places: Record<string, string>, name: string): string {
  return join(places['XDG_STATE_HOME'] ?? '', 'supabase-backup', name)
}

/** Into the configuration directory, where the dashboard finds it by itself. */
async function writeEnvFile(of: {
  folder: string
  name: string
  sandbox: Sandbox
  places: Record<string, string>
}): Promise<string> {
  const { folder, name, sandbox, places } = of
  const directory = join(places['XDG_CONFIG_HOME'] ?? '', 'supabase-backup')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const settings = { ...sandbox.environment(), PROJECT_NAME: name, HOOKS_DIR: join(folder, 'hooks', name) }
  const path = join(directory, `${name}.env`)
  const lines = Object.entries(settings).map(([key, value]) => `${key}='${value}'\n`)
  await writeFile(path, lines.join(''), { mode: 0o600 })
  return path
}

/** Writes the month before a backup as if one like it had run each night, and a drill each week. */
async function leaveHistory(of: {
  report: RunReport
  failedNight: number | undefined
  stateDirectory: string
}): Promise<void> {
  const { report, failedNight, stateDirectory } = of
  const { project } = report
  const history = Array.from({ length: nights }, (_, index) => nights - index).flatMap((ago) => {
    const night = earlier(report, ago)
    const told = ago === failedNight ? failedOf(night) : night
    return ago % 7 === 3 ? [told, drillAfter(night)] : [told]
  })
  for (const one of history) await writeReport(stateDirectory, one)
  const environment = { PATH: process.env['PATH'] }
  const archives = { complete: 1, degraded: 0, newest: report.archive, oldest: report.archive }
  await updateStatus({ stateDirectory, project, environment }, () =>
    [...history, report].reduce((status, one) => applyRun(status, one, archives), emptyStatus(project)),
  )
}

/** The same some nights ago, a little smaller and not always as fast. */
function earlier(report: RunReport, ago: number): RunReport {
  const startedAt = new Date(Date.parse(report.startedAt) - ago * dayMs)
  const seconds = report.seconds * (0.8 + ((ago * 7) % 10) / 20)
  const share = 1 - ago * 0.008
  return {
    ...report,
    runId: randomUUID(),
    startedAt: startedAt.toISOString(),
    finishedAt: new Date(startedAt.getTime() + seconds * 1000).toISOString(),
    seconds,
    archive: `${report.project}-${startedAt.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-')}`,
    archives: report.archives.map((archive) => ({
      ...archive,
      originalBytes: Math.round(archive.originalBytes * share),
      newBytes: Math.round(archive.newBytes * 0.04),
      repositoryBytes: archive.repositoryBytes === null ? null : Math.round(archive.repositoryBytes * share),
    })),
  }
}

function failedOf(report: RunReport): RunReport {
  return {
    ...report,
    ...{ outcome: 'failed', exitCode: 78, archive: null, archives: [], components: [], findings: [] },
    error: {
      code: 'DB_PASSWORD_WRONG',
      message: 'The database refused the password.',
      detail: 'FATAL:  password authentication failed for user "postgres"',
      suggestion: 'Copy the connection string again: dashboard, Connect; percent-encode the password.',
      phase: 'database/connect',
    },
  }
}

function drillAfter(report: RunReport): RunReport {
  const startedAt = new Date(Date.parse(report.startedAt) + 3_600_000)
  const counts = report.components.find(({ component }) => component === 'database')?.counts ?? {}
  return {
    ...report,
    ...{ runId: randomUUID(), kind: 'drill', target: 'sandbox', archives: [], bytesFetched: 0 },
    startedAt: startedAt.toISOString(),
    finishedAt: new Date(startedAt.getTime() + report.seconds * 2000).toISOString(),
    seconds: report.seconds * 2,
    verification: { ok: true, counts, differences: [] },
  }
}

/** A backup whose first hook waits. */
async function startHeldBackup(of: {
  folder: string
  places: Record<string, string>
  signal: AbortSignal
}): Promise<RunningProgram> {
  const hooks = join(of.folder, 'hooks', busy, 'before-backup')
  await mkdir(hooks, { recursive: true, mode: 0o700 })
  const hook = join(hooks, '10-wait')
  await writeFile(hook, '#!/bin/sh\nexec sleep 86400\n')
  await chmod(hook, 0o700)
  return begin({
    ...{ program: 'backup.sh', args: ['--project', busy, '--quiet'], ...of },
    environment: {},
  })
}

/** Starts the dashboard, and waits until it says that it is ready. */
async function serveDashboard(of: {
  folder: string
  places: Record<string, string>
  signal: AbortSignal
  port: string
  say: (line: string) => void
}): Promise<RunningProgram> {
  const board = begin({
    ...{ program: 'dashboard/dashboard.sh', args: ['--port', of.port], ...of },
    environment: { DASHBOARD_DIR: join(of.folder, 'dashboard') },
  })
  for await (const line of createInterface({ input: board.stdout })) {
    of.say(line)
    if (line === 'Ready.') return board
  }
  const end = await board.ended
  of.signal.throwIfAborted()
  throw new Error(`${describeEnd('dashboard.sh', end)}.\n${end.stderr}`)
}

function begin(of: {
  program: string
  args: string[]
  places: Record<string, string>
  environment: Record<string, string>
  signal: AbortSignal
}): RunningProgram {
  const { PATH, HOME, LANG } = process.env
  const program = startProgram({
    program: join(root, of.program),
    args: of.args,
    env: { PATH, HOME, LANG, ...of.places, ...of.environment },
    cwd: root,
    signal: of.signal,
    phase: 'sandbox/demo',
  })
  program.stdin.end()
  program.stdout.resume()
  return program
}

/** Until somebody stops it; what ends by itself before is a failure. */
async function stopped(signal: AbortSignal, programs: readonly RunningProgram[]): Promise<void> {
  const first = await Promise.race(programs.map(({ ended }) => ended))
  if (!signal.aborted) throw new Error(`${describeEnd('a program of the demo', first)}.\n${first.stderr}`)
}
