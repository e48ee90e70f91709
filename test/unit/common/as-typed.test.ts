import { expect, test, vi } from 'vitest'
import { asTyped, typedInDocument } from '../../../src/common/as-typed.ts'
import { checkout } from '../../helpers/checkout.ts'
import { runCommand } from '../../helpers/command.ts'

const environment = { COMMAND_DIRECTORY: '/opt/sb', COMMAND_PROJECT: '--project shop' }

const cases = [
  ['restore.sh --list', '/opt/sb/restore.sh --project shop --list'],
  ['See restore.sh --list.', 'See /opt/sb/restore.sh --project shop --list.'],
  ['Run backup.sh first.', 'Run /opt/sb/backup.sh --project shop first.'],
  ['then run: backup.sh', 'then run: /opt/sb/backup.sh --project shop'],
  [
    'Choose (restore.sh --list shows) and restore.sh --verify',
    'Choose (/opt/sb/restore.sh --project shop --list shows) and /opt/sb/restore.sh --project shop --verify',
  ],
  ['Type: backup.sh --env-file /a.env', 'Type: /opt/sb/backup.sh --env-file /a.env'],
  ['Type: restore.sh --project shop --test -y', 'Type: /opt/sb/restore.sh --project shop --test -y'],
  ['git pull, then ./install.sh', 'git pull, then /opt/sb/install.sh'],
  ['two\nrestore.sh --arm\nlines', 'two\n/opt/sb/restore.sh --project shop --arm\nlines'],
  ['/opt/sb/backup.sh --prune', '/opt/sb/backup.sh --prune'],
  ['my-backup.sh, backup.sh.old, xbackup.sh', 'my-backup.sh, backup.sh.old, xbackup.sh'],
  ['Nothing to type.', 'Nothing to type.'],
] as const

test.each(cases)(
  '%j names the scripts as they can be typed, in TypeScript and in Bash alike',
  async (text, typed) => {
    expect(asTyped(text, environment)).toBe(typed)
    const script = 'source "$1/src/shell/command.sh"; command_typed "$2"'
    const { stdout, stderr } = await runCommand('bash', ['--norc', '-euc', script, 'bash', checkout, text], {
      env: { PATH: process.env['PATH'], ...environment },
    })
    expect([stdout, stderr]).toEqual([typed, ''])
  },
)

test('A text stays as it is where no script has said how it was started', () => {
  expect(asTyped('See restore.sh --list.', {})).toBe('See restore.sh --list.')
})

test('A project is named by the flag it was chosen with, an env file by its whole path, either as a shell takes it', async () => {
  const script =
    'root="/opt/my toolkit"; source "$1/src/shell/command.sh"; command_begin --env-file=a\\ b.env; command_typed "See restore.sh --list"; command_begin; command_typed " backup.sh"'
  const { stdout } = await runCommand('bash', ['--norc', '-euc', script, 'bash', checkout], {
    env: { PATH: process.env['PATH'] },
    cwd: '/tmp',
  })
  expect(stdout).toBe(
    "See /opt/my\\ toolkit/restore.sh --env-file '/tmp/a b.env' --list /opt/my\\ toolkit/backup.sh",
  )
})

test('Of a document only what is said to people changes', () => {
  const document = { message: 'backup.sh', suggestion: 'backup.sh', name: 'backup.sh' }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  try {
    expect(JSON.parse(JSON.stringify(document, typedInDocument))).toEqual({
      message: '/opt/sb/backup.sh --project shop',
      suggestion: '/opt/sb/backup.sh --project shop',
      name: 'backup.sh',
    })
  } finally {
    vi.unstubAllEnvs()
  }
})
