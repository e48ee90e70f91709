import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { redact } from '../../../src/common/redact.ts'
import { loadProject } from '../../../src/config/load.ts'
import { secretSources, showProject } from '../../../src/config/show.ts'

let folder: string
let envFile: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-command-'))
  envFile = join(folder, 'shop.env')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A store that prints the text; where it was run is in the file `runs`, a line each. */
async function store(text: string): Promise<string> {
  await writeFile(join(folder, 'store'), text)
  return `SECRETS_COMMAND='pwd >>runs; cat store'\n`
}

async function load(
  content: string,
  options: { environment?: Record<string, string>; showing?: boolean } = {},
) {
  await writeFile(envFile, content, { mode: 0o600 })
  const environment = { HOME: folder, PATH: process.env['PATH'] ?? '', ...options.environment }
  const showing = options.showing ?? false
  return loadProject({ envFile, environment, needed: [], reading: showing, secretsIfTrusted: showing })
}

async function failure(loading: Promise<unknown>): Promise<BackupError> {
  const error: unknown = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof BackupError)) throw new Error('The configuration was loaded', { cause: error })
  return error
}

describe('what SECRETS_COMMAND prints', () => {
  it('comes behind the environment and systemd credentials, and before the env file and the defaults', async () => {
    const credentials = join(folder, 'credentials')
    await mkdir(credentials)
    await writeFile(join(credentials, 'SUPABASE_DB_PASSWORD'), 'of the credential\n')
    const printed = [
      'SUPABASE_ACCESS_TOKEN',
      'SUPABASE_DB_PASSWORD',
      'BORG_PASSPHRASE',
      'BORG_RETENTION_DAYS',
    ]
    const content = await store(printed.map((name) => `${name}=30\n`).join(''))
    const { values, origins } = await load(`${content}BORG_PASSPHRASE=of-the-file\nBORG_REPO=/r\n`, {
      environment: { CREDENTIALS_DIRECTORY: credentials, SUPABASE_ACCESS_TOKEN: 'of the environment' },
    })
    expect(values).toMatchObject({
      SUPABASE_ACCESS_TOKEN: 'of the environment',
      SUPABASE_DB_PASSWORD: 'of the credential',
      BORG_PASSPHRASE: '30',
      BORG_RETENTION_DAYS: '30',
      BORG_REPO: '/r',
    })
    expect(origins).toMatchObject({ BORG_PASSPHRASE: 'command', BORG_REPO: 'file', SHRINK_LIMIT: 'default' })
  })

  it.each([
    ['raw, to the end of the line', 'pass#word $(id) "x" \\n', 'pass#word $(id) "x" \\n'],
    ['in single quotes', "'pass word # of it'", 'pass word # of it'],
    ['in double quotes, as an env file is read', '"two\\nlines"', 'two\nlines'],
    ['beginning with a quote alone', "'tis", "'tis"],
    ['with an equals sign', 'c2VjcmV0==', 'c2VjcmV0=='],
  ])('is taken %s', async (_, printed, expected) => {
    const content = await store(`# of the store\n\nexport BORG_PASSPHRASE = ${printed}\r\nOTHERS_KEY=x\n`)
    expect((await load(content)).values['BORG_PASSPHRASE']).toBe(expected)
  })

  it('is asked for once, in the directory of the env file', async () => {
    await load(await store('BORG_PASSPHRASE=of-the-store\n'))
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe(`${folder}\n`)
  })

  it('is a secret like any other, and told by its name and origin alone', async () => {
    const project = await load(
      await store('BORG_PASSPHRASE=kept-in-the-store\nSUPABASE_URL=https://a.example\n'),
    )
    expect(redact('it is kept-in-the-store')).toBe('it is *****')
    expect(showProject(project, false)).toMatch(/^BORG_PASSPHRASE +command +\*{5}$/m)
    expect(secretSources(project)).toBe('SECRETS_COMMAND: SUPABASE_URL, BORG_PASSPHRASE')
  })

  it('leaves names of others alone, but not a slip of the keyboard, nor what commands need that do not run it', async () => {
    const content = await store('DATABASE_URL=x\nSUPABASE_ANON_KEY=y\nPROJECT_NAME=\n')
    expect((await load(content)).values).not.toHaveProperty('DATABASE_URL')
    const slip = await failure(load(await store('BORG_PASPHRASE=x\n')))
    expect(slip).toMatchObject({
      code: 'CONFIG_UNKNOWN_VARIABLE',
      suggestion: 'Did you mean BORG_PASSPHRASE?',
    })
    const place = await failure(load(await store('LOCAL_BACKUP_DIR=/x\n')))
    expect(place).toMatchObject({ code: 'SECRETS_COMMAND_NAME', exitCode: 78 })
  })

  it('with a value of the wrong kind is named as the origin', async () => {
    const { message } = await failure(load(await store('SHRINK_LIMIT=many\n')))
    expect(message).toContain('SHRINK_LIMIT, as SECRETS_COMMAND prints it, must be')
  })

  it.each([
    ['{"BORG_PASSPHRASE":"hush-hush"}\n', 'Line 1'],
    ['BORG_PASSPHRASE=x\nhush-hush\n', 'Line 2'],
    ['BORG_PASSPHRASE=hush\0hush\n', 'Line 1'],
    ['BORG_PASSPHRASE=hush-hush # of the shop\n', 'BORG_PASSPHRASE'],
  ])('is refused where it cannot be read for certain, without a value: %j', async (printed, named) => {
    const error = await failure(load(await store(printed)))
    expect(error).toMatchObject({ code: 'SECRETS_COMMAND_OUTPUT', exitCode: 78 })
    expect(error.message).toContain(named)
    expect(JSON.stringify(error)).not.toContain('hush')
  })

  it('is refused where it is not UTF-8: another character in place of a byte makes another passphrase', async () => {
    await writeFile(join(folder, 'store'), Buffer.from('BORG_PASSPHRASE=caf\xe9\n', 'latin1'))
    const error = await failure(load(`SECRETS_COMMAND='cat store'\n`))
    expect(error).toMatchObject({
      code: 'SECRETS_COMMAND_OUTPUT',
      message: expect.stringContaining('not UTF-8'),
    })
  })

  it.each([
    ['in its process group', 'sleep 15 &'],
    ['outside of it', 'setsid sleep 15 &'],
    ['outside of it, with its words alone', 'setsid sleep 15 >/dev/null &'],
  ])('is taken when the command has ended, whatever it has started stays %s', async (_where, start) => {
    const begun = performance.now()
    const { values } = await load(
      `SECRETS_COMMAND='${start} echo BORG_PASSPHRASE=agent'\nSECRETS_COMMAND_TIMEOUT_SEC=30\n`,
    )
    expect(values['BORG_PASSPHRASE']).toBe('agent')
    expect(performance.now() - begun).toBeLessThan(10_000)
  })

  it('is refused where it is endless', async () => {
    const error = await failure(load("SECRETS_COMMAND='yes BORG_PASSPHRASE=x'\n"))
    expect(error.code).toBe('SECRETS_COMMAND_OUTPUT')
  })
})

describe('SECRETS_COMMAND', () => {
  it('that fails is told with its last words, and without what it had printed, there or before', async () => {
    const command =
      'echo BORG_PASSPHRASE=of-the-vault; echo "no of-the-vault TOKEN=abc.def today" >&2; exit 7'
    const error = await failure(load(`SECRETS_COMMAND='${command}'\n`))
    expect(error).toMatchObject({ code: 'SECRETS_COMMAND_FAILED', exitCode: 78 })
    expect(error.message).toContain('exited with 7')
    expect(error.detail).toBe('no ***** TOKEN=*****')
  })

  it('fails with the first program of a pipe', async () => {
    const error = await failure(load("SECRETS_COMMAND='false | cat'\n"))
    expect(error.code).toBe('SECRETS_COMMAND_FAILED')
  })

  it('that does not end is ended with everything it started', async () => {
    const command = '(sleep 60; touch late) & echo $! >started; sleep 60'
    const error = await failure(load(`SECRETS_COMMAND='${command}'\nSECRETS_COMMAND_TIMEOUT_SEC=1\n`))
    expect(error).toMatchObject({ code: 'SECRETS_COMMAND_TIMEOUT', exitCode: 78 })
    await expectGone(Number(await readFile(join(folder, 'started'), 'utf8')))
  })

  it('leaves nothing running in its process group', async () => {
    const command = 'sleep 60 >/dev/null 2>&1 & echo $! >started; echo BORG_PASSPHRASE=of-the-store'
    const { values } = await load(`SECRETS_COMMAND='${command}'\n`)
    expect(values['BORG_PASSPHRASE']).toBe('of-the-store')
    await expectGone(Number(await readFile(join(folder, 'started'), 'utf8')))
  })

  it('is not run where the configuration is only read', async () => {
    await writeFile(envFile, await store('BORG_PASSPHRASE=x\n'), { mode: 0o600 })
    const environment = { HOME: folder }
    const project = await loadProject({ envFile, environment, needed: [], reading: true })
    expect(project.values).not.toHaveProperty('BORG_PASSPHRASE')
    expect(existsSync(join(folder, 'runs'))).toBe(false)
  })

  it('is run to show the configuration, unless others could have written it', async () => {
    const content = await store('BORG_PASSPHRASE=x\n')
    expect((await load(content, { showing: true })).origins['BORG_PASSPHRASE']).toBe('command')
    await chmod(envFile, 0o660)
    const project = await load(content, { showing: true })
    expect(project.origins).not.toHaveProperty('BORG_PASSPHRASE')
    expect(showProject(project, false)).toMatch(/SECRETS_COMMAND was not run.*may be written by a group/)
  })

  it('is not run where others could have written its program', async () => {
    const program = join(folder, 'print')
    await writeFile(program, '#!/bin/sh\necho BORG_PASSPHRASE=x\n')
    await chmod(program, 0o777)
    expect(await failure(load(`SECRETS_COMMAND=${program}\n`))).toMatchObject({ code: 'FILE_NOT_TRUSTED' })
    await chmod(program, 0o700)
    expect((await load(`SECRETS_COMMAND=${program}\n`)).values['BORG_PASSPHRASE']).toBe('x')
  })
})

async function expectGone(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(0)
  while (existsSync(`/proc/${pid}`)) {
    // A zombie has ended; who reaps it is not ours to say.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
    if (/\) Z/.test(stat)) return
    await sleep(20)
  }
}
