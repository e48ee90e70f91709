/**
 * `dashboard/bench.sh [PROJECTS] [NIGHTS]`, or as a part of `npm run bench`: how long the dashboard takes to read the reports of many
 * projects when it first sees them, and when nothing is new; how long answers take at the server; how much memory it has; and how long a browser
 * that has never been there takes to show the overview, and how much script it fetches.
 * Seconds are this machine's, today. Prints a table, and the same as JSON in its last line.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { type Lab, makeLab } from '../helpers/lab.ts'
import { runCommand } from '../helpers/server.ts'
import { firstLook, signInToLook } from './first-look.ts'
import { makeFleet } from './fleet.ts'

const rounds = 30
const [projects = 500, nights = 365] = process.argv.slice(2).map(Number)

interface Board {
  url: string
  pid: number
  /** Until everything was in the index. */
  seconds: number
  stop(): Promise<void>
}

/** Starts the program as people do: what it is started with decides how much memory it takes. */
async function start(lab: Lab, port: number): Promise<Board> {
  const began = performance.now()
  const program = join(import.meta.dirname, '../../dashboard.sh')
  const child = spawn(program, ['--directory', lab.directory, '--port', `${port}`], {
    env: lab.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let url = ''
  for await (const line of createInterface({ input: child.stdout })) {
    url ||= /The dashboard is at (\S+)/.exec(line)?.[1] ?? ''
    if (line === 'Ready.') break
  }
  return {
    ...{ url, pid: child.pid ?? 0, seconds: (performance.now() - began) / 1000 },
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('There is no port.')
  return address.port
}

/** Milliseconds of an answer, the middle one of many. */
async function answerTime(board: Board, token: string, path: string): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now()
    const response = await fetch(`${board.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`)
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)[rounds / 2] ?? Number.NaN
}

async function memoryOf({ pid }: Board): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
}

const call = (path: string, input?: unknown) =>
  `/api/trpc/${path}${input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`}`

const lab = await makeLab()
try {
  const reports = await makeFleet(lab, { projects, nights })
  const made = await runCommand(lab, ['token', 'create', '--name', 'bench', '--role', 'viewer'])
  // The same both times: by it the browser knows which dashboard its session is of.
  const port = await freePort()
  const first = await start(lab, port)
  const indexing = first.seconds
  const signedIn = await signInToLook(lab, first.url)
  await first.stop()
  const board = await start(lab, port)
  try {
    const look = await firstLook(board.url, signedIn)
    const token = made.output.trim()
    const answers = {
      overview: await answerTime(board, token, call('projects.list')),
      runs: await answerTime(board, token, call('runs.list', { projectId: 'project-000' })),
      'analytics, a month': await answerTime(board, token, call('analytics.get', { days: 30 })),
      'analytics, a year': await answerTime(board, token, call('analytics.get', { days: 365 })),
    }
    const memoryBytes = await memoryOf(board)
    const results = { projects, reports, indexing, again: board.seconds, answers, memoryBytes, look }
    console.log(`The dashboard with ${projects} projects and ${reports} reports`)
    console.log(`  first reading           ${indexing.toFixed(1)} s (goal: 60 s with 180,000)`)
    console.log(`  start, nothing new      ${board.seconds.toFixed(1)} s`)
    for (const [name, ms] of Object.entries(answers))
      console.log(`  ${name.padEnd(22)}  ${ms.toFixed(1)} ms (goal: 50 ms)`)
    console.log(`  memory                  ${(memoryBytes / 1e6).toFixed(0)} MB (goal: 150 MB)`)
    console.log(`  first paint, cold       ${look.coldMs.toFixed(0)} ms (goal: 1000 ms)`)
    console.log(`  first paint             ${look.paintMs.toFixed(0)} ms (goal: 1000 ms)`)
    console.log(`  projects to be seen     ${look.readyMs.toFixed(0)} ms`)
    console.log(`  script, compressed      ${(look.scriptBytes / 1024).toFixed(0)} KiB (goal: 300 KiB)`)
    console.log(JSON.stringify(results))
  } finally {
    await board.stop()
  }
} finally {
  await lab.remove()
}
