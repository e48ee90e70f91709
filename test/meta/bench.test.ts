import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'

test.each([
  ['--help', 0, 'stdout'],
  ['--nowhere', 2, 'stderr'],
] as const)('The benchmark says with %s what it takes, and measures nothing', async (flag, code, stream) => {
  const { PATH, HOME } = process.env
  const args = [join(checkout, 'test/bench/bench.ts'), flag]
  const ended = await runCommand(process.execPath, args, { env: { PATH, HOME } })
  expect(ended.code).toBe(code)
  expect(ended[stream]).toContain('--size small|medium|large')
  expect(`${ended.stdout}${ended.stderr}`).not.toContain('    at ')
})
