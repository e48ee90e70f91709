import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Measures the dashboard over so many projects by its own benchmark, which has its own packages. @returns its numbers */
export async function benchDashboard(fleet: { projects: number; nights: number }): Promise<unknown> {
  const program = join(import.meta.dirname, '../../dashboard/bench.sh')
  const child = spawn(program, [String(fleet.projects), String(fleet.nights)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines = (await text(child.stdout)).trimEnd().split('\n')
  const [code] = await ended
  if (code !== 0) throw new Error(`dashboard/bench.sh exited with ${code}.`)
  process.stdout.write(`\n${lines.slice(0, -1).join('\n')}\n`)
  return JSON.parse(lines.at(-1) ?? '')
}
