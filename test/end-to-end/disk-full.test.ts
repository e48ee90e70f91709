import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeEach(async () => {
  toolkit = await makeToolkit()
})
afterEach(() => toolkit.remove())

/** Runs a script where a directory is a disk of its own; `backup` is backup.sh of the toolkit, and `show` prints a value. */
async function onSmallDisk(directory: string, size: string, script: string): Promise<Record<string, string>> {
  await mkdir(directory, { recursive: true })
  const { folder, envFile } = toolkit
  const { stdout, stderr } = await runCommand(
    join(checkout, 'test/helpers/programs/with-disk.sh'),
    [
      directory,
      size,
      'bash',
      '-c',
      `backup() { "${folder}/toolkit/backup.sh" --env-file "${envFile}" "$@" >/dev/null; }
       restore() { "${folder}/toolkit/restore.sh" --env-file "${envFile}" "$@"; }
       show() { printf '%s=%s\\n' "$1" "\${*:2}"; }
       cd "${directory}"
       ${script}`,
    ],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: join(folder, 'home'),
        TMPDIR: join(folder, 'tmp'),
        XDG_RUNTIME_DIR: join(folder, 'runtime'),
      },
    },
  )
  const shown = [...stdout.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value])
  return { ...Object.fromEntries(shown), stderr }
}

it('a full disk under the generation fails the run, keeps the last generation, and the next run makes its own room', async () => {
  await toolkit.configure({ MIN_FREE_SPACE: '4M' })
  const shown = await onSmallDisk(
    join(toolkit.folder, 'data'),
    '16m',
    `backup; show first $?
     before=$(cat current/database/dump)
     FIXTURE_BACKUP=full backup; show full $?
     [[ $(cat current/database/dump) == "$before" ]]; show same $?
     backup; show next $?
     show left *`,
  )
  expect(shown).toMatchObject({ first: '0', full: '1', same: '0', next: '0', left: 'current' })
  expect(shown['stderr']).toContain('the disk is short of space')
})

it('a full disk under the repository fails the run, loses no archive, and with room again the next run works', async () => {
  const directory = join(toolkit.folder, 'disk')
  await toolkit.configure({ BORG_REPO: join(directory, 'shop.borg') })
  const shown = await onSmallDisk(
    directory,
    '12m',
    `export BORG_REPO=${directory}/shop.borg BORG_PASSPHRASE='a passphrase of the tests'
     backup; show first $?
     FIXTURE_BACKUP=large backup; show full $?
     show archives $(borg list --short | wc -l)
     mount -o remount,size=64m ${directory}
     backup; show next $?
     show after $(borg list --short | wc -l)
     borg check; show check $?`,
  )
  expect(shown).toMatchObject({ first: '0', full: '1', archives: '1', next: '0', after: '2', check: '0' })
  expect(shown['stderr']).toContain('BORG_DISK_FULL')
})

it('a full disk where an archive is extracted is named, and is not taken for the repository’s', async () => {
  const directory = join(toolkit.folder, 'small')
  await toolkit.configure({ BORG_EXTRACT_DIR: join(directory, 'extract') })
  await toolkit.backup([], { FIXTURE_BACKUP: 'large' })
  const shown = await onSmallDisk(directory, '8m', 'restore --verify; show code $?')
  expect(shown['code']).toBe('1')
  expect(shown['stderr']).toContain('EXTRACT_DISK_FULL')
})

/** Fills the disk that the script is on but for so many KiB. */
const leave = (kib: number) =>
  `head -c $(($(stat -f -c '%a * %S' .) - ${kib} * 1024)) /dev/zero >filler 2>/dev/null`

it.each([0, 4, 64])(
  'a disk for temporary files with %d KiB left is named, and never answered by deleting archives',
  async (kib) => {
    await toolkit.backup()
    const commands = ['backup', 'backup --check', 'restore --list', 'restore --verify', 'restore --test']
    const script = commands.map(
      (command, index) =>
        `${command} >${toolkit.folder}/said 2>&1; show code${index} $?; show said${index} $(grep -v INFO ${toolkit.folder}/said)`,
    )
    const shown = await onSmallDisk(
      join(toolkit.folder, 'tmp'),
      '1m',
      `${leave(kib)}\n${script.join('\n')}\nrm filler; backup; show after $?`,
    )
    expect(shown).toMatchObject({ after: '0' })
    for (const index of commands.keys()) {
      const said = shown[`said${index}`] ?? ''
      expect(said).not.toMatch(/--delete|--prune|BORG_|line \d+:|\bat \w+ \(|write error/)
      // With none at all Borg takes another directory for its own.
      if (shown[`code${index}`] === '0') expect(kib).toBe(0)
      else expect(said).toMatch(/^\S+ ERROR \w+: The disk for temporary files \(TMPDIR\) is full: .*df -h '/)
    }
  },
)

it('a full disk under the log ends neither the run nor its exit code', async () => {
  const shown = await onSmallDisk(
    join(toolkit.state, 'logs'),
    '16k',
    'FIXTURE_BACKUP=noise backup; show code $?; show size $(cat *.log | wc -c)',
  )
  expect(shown['code']).toBe('0')
  expect(Number(shown['size'])).toBeLessThanOrEqual(16 * 1024)
})

it.each([
  ['nothing was kept in yet', ''],
  ['a run has used', 'backup; '],
])(
  'a full disk under the directory for state, which %s, ends a run with one error that says so',
  async (_which, before) => {
    const shown = await onSmallDisk(
      toolkit.state,
      '200k',
      `${before}head -c 300k /dev/zero >filler 2>/dev/null
     exec 2>${toolkit.folder}/said; backup; show code $?; show lines $(wc -l <${toolkit.folder}/said)
     show said $(<${toolkit.folder}/said)
     rm filler; backup; show after $?`,
    )
    expect(shown).toMatchObject({ code: '78', lines: '1', after: '0' })
    expect(shown['said']).toMatch(/takes nothing more: its disk is full.*df -h '.*STATE_UNWRITABLE/)
  },
)

it.each([0, 8, 64, 256])(
  'a disk for the state with %d KiB left ends a run with one error, and keeps neither from reading nor from what is known',
  async (kib) => {
    expect((await toolkit.backup()).code).toBe(0)
    const kept = join(toolkit.folder, 'kept')
    await cp(toolkit.state, kept, { recursive: true })
    const reading = ['status', 'list', 'verify', 'extract']
    const shown = await onSmallDisk(
      toolkit.state,
      '2m',
      `cp -a ${kept}/. .; ${leave(kib)}
       exec 2>${toolkit.folder}/said; backup; show backup $?; show said $(grep -v INFO ${toolkit.folder}/said)
       show known $("${toolkit.folder}/toolkit/backup.sh" --env-file "${toolkit.envFile}" --status --json)
       backup --status; show status $?; restore --list >/dev/null; show list $?
       restore --verify >/dev/null; show verify $?
       restore --archive latest --extract ${toolkit.folder}/out >/dev/null; show extract $?
       rm filler; backup; show after $?`,
    )
    for (const command of reading) expect(shown).toMatchObject({ [command]: '0' })
    expect(shown).toMatchObject({ backup: kib < 256 ? '78' : '0', after: '0' })
    expect(shown['known']).toContain('"lastSuccess"')
    if (kib < 256) expect(shown['said']).toMatch(/^\S+ ERROR backup: [^\n]*its disk is full[^\n]*$/)
  },
)

it('a disk for the state that fills up within a run fails it with one error, which its report has', async () => {
  const hooks = join(toolkit.folder, 'hooks.d/before-backup')
  await mkdir(hooks, { recursive: true, mode: 0o700 })
  await writeFile(
    join(hooks, 'fill'),
    `#!/bin/sh\ncat /dev/zero >${toolkit.state}/filler 2>/dev/null\ntrue\n`,
    {
      mode: 0o755,
    },
  )
  const shown = await onSmallDisk(
    toolkit.state,
    '2m',
    `exec 2>${toolkit.folder}/said; backup; show code $?; show said $(grep -vE 'INFO|WARN' ${toolkit.folder}/said)
     rm filler; show report $(cat runs/*.json); show status $(cat status.json)
     rm ${hooks}/fill; backup; show after $?`,
  )
  expect(shown).toMatchObject({ code: '1', after: '0' })
  expect(shown['said']).toMatch(/^\S+ ERROR backup: The disk /)
  expect(shown['said']).not.toMatch(/line \d+:|\bat \w+ \(|write error|UNEXPECTED/)
  expect(shown['report']).toContain('"DISK_FULL"')
  expect(shown['status']).toContain('"error": "The disk for the state')
})

it('a repository on a disk that is mounted read-only is named as such', async () => {
  const directory = join(toolkit.folder, 'disk')
  await toolkit.configure({ BORG_REPO: join(directory, 'shop.borg') })
  const script = `backup; show first $?; cd /; mount -o remount,ro ${directory}; backup; show second $?`
  const shown = await onSmallDisk(directory, '32m', script)
  expect(shown).toMatchObject({ first: '0', second: '1' })
  expect(shown['stderr']).toContain('BORG_READ_ONLY')
})

it('a disk for the generation that is mounted read-only is named by --check, and by a run before anything is read', async () => {
  const directory = join(toolkit.folder, 'data')
  const script = `mount -o remount,ro ${directory}; backup; show run $?
     show check "$("${toolkit.folder}/toolkit/backup.sh" --env-file "${toolkit.envFile}" --check | grep 'local backup')"
     mount -o remount,rw ${directory}; backup; show after $?`
  const shown = await onSmallDisk(directory, '32m', script)
  expect(shown).toMatchObject({ run: '78', check: expect.stringMatching(/^FAIL.*read-only/), after: '0' })
  expect(shown['stderr']).toContain('LOCAL_UNWRITABLE in preflight')
})
