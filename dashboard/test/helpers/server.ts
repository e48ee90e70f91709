import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Lab } from './lab.ts'

/** Where global-setup.ts has it built. */
function builtAt(): string {
  return process.env['DASHBOARD_BUILD'] ?? ''
}

/** A dashboard that serves, as a process of its own. */
export interface RunningDashboard {
  url: string
  /** The first-run link, where there is no user yet. */
  link: string | undefined
  output(): string
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Runs the built program. */
function runProgram(lab: Pick<Lab, 'directory' | 'environment'>, args: readonly string[]): ChildProcess {
  const build = builtAt()
  return spawn(process.execPath, ['--', `${build}/program/cli.js`, '--directory', lab.directory, ...args], {
    env: { ...lab.environment, DASHBOARD_BUILD: build },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs a command to its end. */
export async function runCommand(
  lab: Pick<Lab, 'directory' | 'environment'>,
  args: readonly string[],
  input = '',
) {
  const child = runProgram(lab, args)
  child.stdin?.end(input)
  let output = ''
  let errors = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const [code] = await once(child, 'close')
  return { code, output, errors }
}

export async function startDashboard(
  lab: Pick<Lab, 'directory' | 'environment'>,
  args: readonly string[] = [],
): Promise<RunningDashboard> {
  const child = runProgram(lab, ['--port', '0', ...args])
  child.stdin?.end()
  let output = ''
  child.stderr?.on('data', (chunk) => {
    output += chunk
  })
  const { stdout } = child
  if (stdout === null) throw new Error('It has no output.')
  let url: string | undefined
  let link: string | undefined
  const isServing = (async () => {
    for await (const line of createInterface({ input: stdout })) {
      output += `${line}\n`
      url ??= /The dashboard is at (\S+)/.exec(line)?.[1]
      link ??= /(http\S+\/set-up#\S+)/.exec(line)?.[1]
      if (line === 'Ready.') return
    }
    throw new Error(`It ended: ${output}`)
  })()
  await isServing
  if (url === undefined) throw new Error(output)
  return {
    url,
    link,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'close')
      child.kill(signal)
      await ended
    },
  }
}
