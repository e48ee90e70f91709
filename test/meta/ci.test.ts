import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyCheckout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'

const passing = "import { expect, it } from 'vitest'\n\nit('adds', () => expect(1 + 1).toBe(2))\n"
const failing = passing.replace('toBe(2)', 'toBe(3)')

/** What `.ci/run` needs around it; the project itself is left out, to be quick. */
const parts = [
  ...[
    '.ci/run',
    'test/all.sh',
    'test/lint.sh',
    'test/checks.sh',
    'test/skipped.mjs',
    'biome.json',
    'tsconfig.json',
  ],
  ...['package.json', 'package-lock.json'],
]

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-ci-'))
  await copyCheckout(folder, parts)
  // Its packages are those of the whole project, of which nearly nothing is here.
  await writeFile(join(folder, 'knip.json'), '{ "exclude": ["dependencies"], "project": ["test/**/*.ts"] }\n')
  // What the real one installs is in node_modules already; to lint it takes long.
  await writeFile(join(folder, 'install.sh'), '#!/usr/bin/env bash\nexit 0\n', { mode: 0o755 })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function runCi(): Promise<{ code: number | null; lastLine: string | undefined; output: string }> {
  const { code, stdout, stderr } = await runCommand(join(folder, '.ci/run'), [], {
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder },
  })
  return { code, lastLine: stdout.trimEnd().split('\n').at(-1), output: stdout + stderr }
}

describe('.ci/run', () => {
  it('passes and counts the checks and tests when all is well', async () => {
    await writeFile(join(folder, 'test/sum.test.ts'), passing)
    const { code, lastLine, output } = await runCi()
    expect(lastLine, output).toBe('9 passed, 0 failed')
    expect(code).toBe(0)
  })

  it('names the tests that were skipped, each with the reason', async () => {
    const skipped = "it.skipIf(true)('mounts [skipped: only root can]', () => {})"
    await writeFile(join(folder, 'test/sum.test.ts'), `${passing}\n${skipped}\n`)
    const { code, lastLine, output } = await runCi()
    expect({ code, lastLine }, output).toEqual({ code: 0, lastLine: '9 passed, 0 failed' })
    expect(output).toContain('1 skipped:\n  test/sum.test.ts: mounts [skipped: only root can]\n')
  })

  it('fails when one test fails', async () => {
    await writeFile(join(folder, 'test/sum.test.ts'), passing)
    await writeFile(join(folder, 'test/wrong.test.ts'), failing)
    const { code, lastLine, output } = await runCi()
    expect(lastLine, output).toBe('9 passed, 1 failed')
    expect(code).toBe(1)
  })

  it('fails when a test file cannot be loaded', async () => {
    await writeFile(join(folder, 'test/sum.test.ts'), passing)
    await writeFile(join(folder, 'test/broken.test.ts'), "throw new Error('before any test')\n")
    const { code, lastLine, output } = await runCi()
    expect(lastLine, output).toBe('9 passed, 1 failed')
    expect(code).toBe(1)
  })

  it('fails when a script does not pass shellcheck', async () => {
    await writeFile(join(folder, 'test/sum.test.ts'), passing)
    await writeFile(join(folder, 'careless.sh'), '#!/usr/bin/env bash\nrm -rf $1/*\n')
    await chmod(join(folder, 'careless.sh'), 0o755)
    const { code, lastLine, output } = await runCi()
    expect(lastLine, output).toBe('8 passed, 1 failed')
    expect(code).toBe(1)
    expect(output).toContain('FAILED  shellcheck')
  })

  it.each([
    [
      'reads with a limit of time, which a trap may never come out of',
      'read -rt 1 line || true\nprintf %s "$line"',
    ],
    ['has a reader in a pipe that may end before its writer', 'printf "a\\nb\\n" | grep -q a'],
  ])('fails when a script %s', async (_what, line) => {
    await writeFile(join(folder, 'test/sum.test.ts'), passing)
    await writeFile(join(folder, 'careless.sh'), `#!/usr/bin/env bash\n${line}\n`, { mode: 0o755 })
    const { code, lastLine, output } = await runCi()
    expect({ code, lastLine }, output).toEqual({ code: 1, lastLine: '8 passed, 1 failed' })
    expect(output).toContain('careless.sh:2:')
  })

  it('fails when the types are wrong', async () => {
    const wrong = 'expect(1 + 1).toBe(2 satisfies string)'
    await writeFile(join(folder, 'test/sum.test.ts'), passing.replace('expect(1 + 1).toBe(2)', wrong))
    const { code, lastLine, output } = await runCi()
    expect(lastLine, output).toBe('8 passed, 1 failed')
    expect(code).toBe(1)
    expect(output).toContain('FAILED  types')
  })

  it('counts the checks and tests of the dashboard too', async () => {
    await writeFile(join(folder, 'test/sum.test.ts'), passing)
    await mkdir(join(folder, 'dashboard'))
    const script = (name: string, lines: string) =>
      writeFile(join(folder, 'dashboard', name), `#!/usr/bin/env bash\n${lines}\n`, { mode: 0o755 })
    await script('lint.sh', 'printf "pass\\nfail\\n" >>"$2"\nexit 1')
    await script('test.sh', `printf '{"numPassedTests": 7, "numFailedTests": 1}' >"\${3#*=}"\nexit 1`)
    const { code, lastLine, output } = await runCi()
    expect(lastLine, output).toBe('17 passed, 2 failed')
    expect(code).toBe(1)
  })

  it('fails when a file is used by nothing', async () => {
    await writeFile(join(folder, 'test/sum.test.ts'), passing)
    await writeFile(join(folder, 'test/forgotten.ts'), 'export const sum = 2\n')
    const { code, lastLine, output } = await runCi()
    expect(lastLine, output).toBe('8 passed, 1 failed')
    expect(code).toBe(1)
    expect(output).toContain('forgotten.ts')
  })
})
