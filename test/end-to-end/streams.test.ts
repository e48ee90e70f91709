import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
})
afterAll(() => toolkit.remove())

/** Runs a script of the toolkit by a shell that redirects its streams. */
function shell(script: string, flags: string, redirections: string) {
  return runCommand(
    'bash',
    [
      '-c',
      `"$0" --env-file "$1" ${flags} ${redirections}`,
      `${toolkit.folder}/toolkit/${script}`,
      toolkit.envFile,
    ],
    {
      env: {
        PATH: `${process.env['PATH']}`,
        HOME: `${toolkit.folder}/home`,
        XDG_RUNTIME_DIR: `${toolkit.folder}/runtime`,
        TMPDIR: `${toolkit.folder}/tmp`,
      },
    },
  )
}

it.each([
  ['', '>&-'],
  ['--quiet', '>&- 2>&-'],
  ['--json', '<&- >&- 2>&-'],
])(
  'a backup with %j and the streams %s closed is made as any other, and says nothing of Bash',
  async (flags, closed) => {
    const before = (await toolkit.archives().catch(() => [])).length
    const { code, stderr } = await shell('backup.sh', flags, closed)
    expect(code, stderr).toBe(0)
    expect(stderr).not.toMatch(/line \d+:|redirect|file descriptor/)
    expect(await toolkit.archives()).toHaveLength(before + 1)
    expect(await toolkit.report()).toMatchObject({ outcome: 'success' })
  },
)

it.each(['--status', '--config'])('%s onto a full disk fails with one error of ours', async (verb) => {
  const { code, stderr } = await shell('backup.sh', verb, '>/dev/full')
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^\S+ ERROR \w+: The answer could not be written .*\[OUTPUT_UNWRITABLE in output\]\n$/,
  )
})

it('a backup whose output goes onto a full disk is made and reported as any other', async () => {
  const { code } = await shell('backup.sh', '', '>/dev/full 2>/dev/full')
  expect(code).toBe(0)
  expect(await toolkit.report()).toMatchObject({ outcome: 'success' })
})

it.each(['--status', '--help', '--config'])(
  '%s read by somebody who goes away ends without a word',
  async (verb) => {
    expect(await shell('backup.sh', verb, '| head -n 1 >/dev/null')).toMatchObject({ code: 0, stderr: '' })
  },
)
