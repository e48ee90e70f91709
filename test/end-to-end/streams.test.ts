import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
})
afterAll(() => toolkit.remove())

/** Runs a script of the toolkit by a shell that redirects its streams. */
function shell(script: string, flags: string, redirections: string, before = '') {
  return runCommand(
    'bash',
    [
      '-c',
      `${before} "$0" --env-file "$1" ${flags} ${redirections}`,
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

it.each([
  ['backup.sh', '--status'],
  ['backup.sh', '--status --json'],
  ['backup.sh', '--config'],
  ['backup.sh', '--config --json'],
  ['backup.sh', '--coverage --json'],
  ['backup.sh', '--check'],
  ['backup.sh', '--dry-run --json'],
  ['backup.sh', '--prune-plan --json'],
  ['backup.sh', '--compact'],
  ['backup.sh', '--help'],
  ['backup.sh', '--version'],
  ['restore.sh', '--list'],
  ['restore.sh', '--list --json'],
  ['restore.sh', '--verify --json'],
])('%s %s onto a full disk fails with one error of ours', async (script, flags) => {
  const { code, stderr } = await shell(script, flags, '>/dev/full')
  expect(code).toBe(1)
  const errors = stderr.split('\n').filter((line) => line !== '' && !/ INFO |^<\d>/.test(line))
  expect(errors).toEqual([
    expect.stringMatching(/^\S+ ERROR \w+: The answer could not be written .*\[OUTPUT_UNWRITABLE in \w+\]$/),
  ])
})

it('a backup whose document goes onto a full disk is made, and fails for who asked for the document', async () => {
  const before = (await toolkit.archives()).length
  const { code, stderr } = await shell('backup.sh', '--json', '>/dev/full')
  expect(code).toBe(1)
  expect(stderr).toContain('OUTPUT_UNWRITABLE')
  expect(await toolkit.archives()).toHaveLength(before + 1)
  expect(await toolkit.report()).toMatchObject({ outcome: 'success' })
})

it('a backup whose output goes onto a full disk is made and reported as any other', async () => {
  const { code } = await shell('backup.sh', '', '>/dev/full 2>/dev/full')
  expect(code).toBe(0)
  expect(await toolkit.report()).toMatchObject({ outcome: 'success' })
})

it.each(['--status', '--status --json', '--help', '--config'])(
  '%s read by somebody who goes away ends without a word',
  async (verb) => {
    for (const reader of ['| head -n 1 >/dev/null', '| true'])
      expect(await shell('backup.sh', verb, reader)).toMatchObject({ code: 0, stderr: '' })
    // As under systemd, and much else that starts programs.
    expect(await shell('backup.sh', verb, '| true', 'trap "" PIPE;')).toMatchObject({ code: 0, stderr: '' })
  },
)
