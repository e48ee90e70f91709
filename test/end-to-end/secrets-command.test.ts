import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runCommand } from '../helpers/command.ts'
import { startHttpReceiver } from '../helpers/receivers.ts'
import { makeToolkit, passphrase, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeEach(async () => {
  toolkit = await makeToolkit()
  await writeFile(join(toolkit.folder, 'store'), `BORG_PASSPHRASE=${passphrase}\nOTHERS_KEY=x\n`)
  await toolkit.configure({ BORG_PASSPHRASE: undefined, SECRETS_COMMAND: 'echo run >>runs; cat store' })
})
afterEach(() => toolkit.remove())

const runs = async () => (await readFile(join(toolkit.folder, 'runs'), 'utf8')).split('\n').length - 1

it('SECRETS_COMMAND is run once in a run, and what it prints reaches Borg and no log', async () => {
  expect(await toolkit.backup()).toMatchObject({ code: 0 })
  expect(await runs()).toBe(1)
  expect(await toolkit.archives()).toHaveLength(1)
  expect(await toolkit.log()).not.toContain(passphrase)
})

it('SECRETS_COMMAND is named by --check and --config as what a value comes from', async () => {
  const { stdout } = await toolkit.backup(['--check'])
  expect(stdout).toMatch(/^OK +secrets +SECRETS_COMMAND: BORG_PASSPHRASE; env file: .*SUPABASE_DB_URL/m)
  const shown = await toolkit.backup(['--config'])
  expect(shown.stdout).toMatch(/^BORG_PASSPHRASE +command +\*+$/m)
  expect(`${stdout}${shown.stdout}`).not.toContain(passphrase)
})

it('SECRETS_COMMAND that fails stops the run before it begins, and --check tells it', async () => {
  await toolkit.configure({ BORG_PASSPHRASE: undefined, SECRETS_COMMAND: 'cat store; cat not-there' })
  const { code, stderr } = await toolkit.backup()
  expect(code).toBe(78)
  expect(stderr).toContain('SECRETS_COMMAND_FAILED')
  expect(stderr).not.toContain(passphrase)
  const check = await toolkit.backup(['--check'])
  expect(check).toMatchObject({ code: 1 })
  expect(check.stdout).toMatch(/^FAIL +configuration +SECRETS_COMMAND exited with 1/m)
})

it('SECRETS_COMMAND ends with a command that is killed', async () => {
  const command = 'echo $$ >started; sleep 300 & wait'
  await toolkit.configure({ BORG_PASSPHRASE: undefined, SECRETS_COMMAND: command })
  const run = toolkit.startBackup()
  const started = join(toolkit.folder, 'started')
  await expect.poll(() => existsSync(started), { timeout: 60_000 }).toBe(true)
  const group = (await readFile(started, 'utf8')).trim()
  process.kill(run.pid, 'SIGKILL')
  const left = async () => (await runCommand('ps', ['-o', 'pid=', '-g', group])).stdout.trim()
  await expect.poll(left, { timeout: 60_000 }).toBe('')
  run.stop()
})

it('SECRETS_COMMAND that fails keeps no alert from those whom the env file names', async () => {
  const receiver = await startHttpReceiver()
  try {
    await toolkit.configure({
      ...{ BORG_PASSPHRASE: undefined, SECRETS_COMMAND: 'exit 1', WEBHOOK_URL: receiver.url },
    })
    const configuration = join(toolkit.folder, 'supabase-backup')
    await mkdir(configuration)
    await cp(toolkit.envFile, join(configuration, 'shop.env'))
    await runCommand(join(toolkit.folder, 'toolkit/src/alert.sh'), ['failed', 'supabase-backup@shop'], {
      env: {
        ...{ PATH: process.env['PATH'], HOME: join(toolkit.folder, 'home') },
        ...{ XDG_CONFIG_HOME: toolkit.folder, TMPDIR: join(toolkit.folder, 'tmp') },
      },
    })
    expect(receiver.received).toHaveLength(1)
  } finally {
    await receiver.stop()
  }
})
