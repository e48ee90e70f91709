import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { UnnumberedEvent } from '../../../src/run/events.ts'

/** A run under way, as its files tell it: what lives is a process that only waits. */
export interface RunningRun {
  runId: string
  process: ChildProcess
  tell(...events: UnnumberedEvent[]): Promise<void>
  stop(): Promise<void>
}

export async function startRunning(
  stateDirectory: string,
  project: string,
  runId: string,
): Promise<RunningRun> {
  const directory = join(stateDirectory, 'run')
  await mkdir(directory, { recursive: true })
  const process = spawn('sleep', ['600'], { stdio: 'ignore' })
  await once(process, 'spawn')
  const stat = await readFile(`/proc/${process.pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  const started = new Date(Date.now() - 80_000).toISOString()
  const file = {
    ...{ schema: 1, id: runId, kind: 'backup', project, started, pid: process.pid, processStart: fields[19] },
    machine: `${boot}/${await readlink('/proc/self/ns/pid')}`,
    phase: 'components',
  }
  await writeFile(join(directory, 'run.json'), JSON.stringify(file))
  let seq = 0
  return {
    runId,
    process,
    async tell(...events) {
      const lines = events.map((event) => {
        seq += 1
        const time = new Date(Date.now() - 80_000 + seq * 1000).toISOString()
        return `${JSON.stringify({ ...event, seq, time, run: runId, project })}\n`
      })
      await appendFile(join(directory, 'events.jsonl'), lines.join(''))
    },
    async stop() {
      if (process.exitCode !== null || process.signalCode !== null) return
      const ended = once(process, 'exit')
      process.kill('SIGKILL')
      await ended
    },
  }
}

/** How far a backup may be after a minute. */
export const someEvents: UnnumberedEvent[] = [
  { type: 'begin', schema: 1, kind: 'backup', pid: 1 },
  { type: 'phase', phase: 'preflight', state: 'begin', seconds: null },
  { type: 'phase', phase: 'preflight', state: 'end', seconds: 2.1 },
  { type: 'phase', phase: 'components', state: 'begin', seconds: null },
  {
    ...{ type: 'progress', phase: 'components', component: 'database', label: 'dumping', unit: 'tables' },
    ...{ done: 31, total: 48, bytes: 228_000_000, totalBytes: 412_000_000, rate: 9_800_000, failed: 0 },
  },
  {
    ...{ type: 'progress', phase: 'components', component: 'storage', label: 'storage', unit: 'objects' },
    ...{ done: 2_412, total: 18_204, bytes: 61_000_000, totalBytes: null, rate: 2_100_000, failed: 2 },
  },
  {
    ...{
      type: 'finding',
      phase: 'components',
      component: 'storage',
      severity: 'degraded',
      kind: 'objects-unreadable',
    },
    ...{ count: 2, message: 'Two objects could not be read: their rows are there and their bytes are not.' },
  },
]
