import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { runProgram } from '../../src/common/process.ts'
import { startAuthApi } from '../../src/standin/auth-api/server.ts'
import { startManagementApi } from '../../src/standin/management-api/server.ts'
import { addUser } from '../helpers/auth.ts'
import { putFunction, token } from '../helpers/functions.ts'
import { type Comparison, compare, type Sample } from './harness.ts'

const client = fileURLToPath(new URL('apis-client.ts', import.meta.url))
const sampleSchema = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  requests: z.number(),
  bytes: z.number(),
})

/** A project of so many things: the settings that a backup of them takes. */
type Made = { environment: Record<string, string>; stop(): Promise<void> }

async function usersProject(count: number): Promise<Made> {
  const api = await startAuthApi()
  for (let number = 1; number <= count; number += 1) addUser(api, number)
  return {
    environment: { SUPABASE_URL: `${api.url}`, SUPABASE_SERVICE_ROLE_KEY: api.serviceRoleKey },
    stop: api.stop,
  }
}

/** Each of some kilobytes, as the platform's examples are. */
async function functionsProject(count: number): Promise<Made> {
  const api = await startManagementApi({ token })
  const ref = 'abcdefghijklmnopqrst'
  const project = await api.add({ ref })
  for (let number = 1; number <= count; number += 1)
    putFunction(project, `function-${number}`, {
      [`supabase/functions/function-${number}/index.ts`]: `// ${number}\n${'Deno.serve(() => new Response())\n'.repeat(200)}`,
    })
  return {
    environment: { SUPABASE_PROJECT_REF: ref, SUPABASE_ACCESS_TOKEN: token, SUPABASE_API_URL: api.url },
    stop: api.stop,
  }
}

const kinds = {
  users: { component: 'auth', make: usersProject },
  functions: { component: 'functions', make: functionsProject },
} as const

async function measure(
  component: string,
  environment: Made['environment'],
  generation: string,
  previous?: string,
): Promise<Sample> {
  const { stdout } = await runProgram({
    program: process.execPath,
    // As the scripts start their workers.
    args: [
      ...['--experimental-strip-types', '--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'],
      ...['--max-old-space-size=512', client, component],
    ],
    input: JSON.stringify({ environment, generation, previous }),
    env: { PATH: process.env['PATH'], MALLOC_ARENA_MAX: '1' },
    phase: 'bench/apis',
    suggestion: '',
  })
  return sampleSchema.parse(JSON.parse(stdout))
}

/**
 * What more users, or functions, cost over their API, and what a night costs in which nothing changed: the requests of that say that
 * nothing unchanged is fetched twice, the peaks that memory does not grow with their number.
 * @param sizes - numbers of them, the first being what the others are compared with
 */
export async function benchApis(
  kind: keyof typeof kinds,
  sizes: readonly [number, ...number[]],
  rounds: number,
): Promise<Comparison[]> {
  const { component, make } = kinds[kind]
  const directory = await mkdtemp(join(tmpdir(), 'supabase-bench-'))
  await writeFile(join(directory, 'bench.env'), '', { mode: 0o600 })
  const projects = new Map<number, Made>()
  const at = (name: string, count: number) => join(directory, `${name}-${count}`)
  const candidate = (count: number, run: (made: Made) => Promise<Sample>) => ({
    name: `${count} ${kind}`,
    async prepare() {
      if (!projects.has(count)) projects.set(count, await make(count))
      await rm(at('now', count), { recursive: true, force: true })
    },
    async run() {
      const made = projects.get(count)
      return made && run(made)
    },
  })
  const first = (count: number) =>
    candidate(count, async ({ environment }) => {
      await rm(at('first', count), { recursive: true, force: true })
      return measure(component, environment, at('first', count))
    })
  const again = (count: number) =>
    candidate(count, ({ environment }) =>
      measure(component, environment, at('now', count), at('first', count)),
    )
  const bySize = (title: string, one: typeof first) => {
    const [smallest, ...larger] = sizes
    return compare({ title, rounds, candidates: [one(smallest), ...larger.map(one)] })
  }
  try {
    const firsts = await bySize(`First backup, by the number of ${kind}`, first)
    return [firsts, await bySize(`Nothing changed, by the number of ${kind}`, again)]
  } finally {
    for (const { stop } of projects.values()) await stop()
    await rm(directory, { recursive: true, force: true })
  }
}
