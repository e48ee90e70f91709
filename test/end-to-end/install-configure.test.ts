import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'dotenv'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startManagementApi } from '../../src/standin/management-api/server.ts'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { type MachineProject, startMachineProject } from '../helpers/machine-project.ts'
import { startTmux, type TmuxSession } from '../helpers/tmux.ts'

describe('install.sh --configure', () => {
  let project: MachineProject
  let home: string
  let terminal: TmuxSession
  let terminals: TmuxSession[] = []

  beforeAll(async () => {
    project = await startMachineProject()
  })
  afterAll(() => project?.stop())

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'supabase-backup-home-'))
    await mkdir(join(home, 'programs'))
    await writeFile(join(home, 'programs/systemctl'), '#!/bin/sh\nexit 1\n')
    await chmod(join(home, 'programs/systemctl'), 0o755)
  })
  afterEach(async () => {
    for (const open of terminals) await open.stop()
    terminals = []
    await rm(home, { recursive: true, force: true })
  })

  const env = () => ({ PATH: `${home}/programs:${process.env['PATH']}`, HOME: home })
  const envFile = () => join(home, '.config/supabase-backup/shop.env')

  async function start(environment: Record<string, string> = {}): Promise<void> {
    const command = `'${checkout}/install.sh' --copy-to '${checkout}' --project shop --configure`
    terminal = await startTmux({ command, env: { ...env(), ...environment }, columns: 120, rows: 50 })
    terminals.push(terminal)
  }

  /** Waits for a question and answers it; without an answer the default is taken. */
  async function reply(question: string, answer = ''): Promise<void> {
    await terminal.waitFor(question)
    if (answer !== '') await terminal.type(answer)
    await terminal.press('Enter')
  }

  async function replyAboutFiles(): Promise<void> {
    await reply('Folder of its edge functions')
    await reply('The .env of its Docker set-up')
  }

  async function replyAboutProject(key: string): Promise<void> {
    const {
      SUPABASE_URL = '',
      SUPABASE_STORAGE_URL = '',
      SUPABASE_DB_URL = '',
    } = project.sandbox.environment()
    await reply('Command that prints the secrets')
    await reply('Is it a project on supabase.com?', 'n')
    await reply('Address of its API', SUPABASE_URL)
    await reply('Address of its Storage API', SUPABASE_STORAGE_URL)
    await replyAboutFiles()
    await reply('Connection string', SUPABASE_DB_URL)
    await reply('Secret API key', key)
  }

  it('asks, tries the answers on the project, and leaves an env file, an encrypted repository and its key', async () => {
    const { SUPABASE_SERVICE_ROLE_KEY = '' } = project.sandbox.environment()
    await start()
    await replyAboutProject(SUPABASE_SERVICE_ROLE_KEY)
    await terminal.waitFor(/OK {4}database: PostgreSQL .*[\s\S]*OK {4}storage: 3 buckets/)
    await reply('Borg repository, a directory')
    await reply('Its passphrase (empty: a strong one is made)')
    await reply('File to write its key to')
    await reply('Shall somebody be told', 'n')
    await reply('Start the nightly backup', 'n')
    const key = join(home, 'supabase-backup-shop.key')
    await reply('Do you have both in another place', 'n')
    const screen = await terminal.waitFor('exit code 0')
    expect(screen).toMatch(/OK +database/)

    const settings = parse(await readFile(envFile(), 'utf8'))
    expect((await stat(envFile())).mode & 0o777).toBe(0o600)
    expect(settings['BORG_PASSPHRASE']).toMatch(/^[\w-]{32}$/)
    expect(await readFile(key, 'utf8')).toMatch(/^BORG_KEY /)
    const repository = settings['BORG_REPO'] ?? ''
    const info = await runCommand('borg', ['info', '--json', repository], {
      env: { ...env(), BORG_PASSPHRASE: settings['BORG_PASSPHRASE'] },
    })
    expect(JSON.parse(info.stdout).encryption.mode).toBe('repokey-blake2')
    for (const secret of [SUPABASE_SERVICE_ROLE_KEY, settings['BORG_PASSPHRASE'] ?? ''])
      expect(await terminal.screen()).not.toContain(secret)

    const backup = await runCommand(join(checkout, 'backup.sh'), ['--project', 'shop'], { env: env() })
    expect(backup.code, backup.stderr).toBe(0)
  })

  it('says what is wrong with a key at once, and lets it be typed again', async () => {
    await start()
    await replyAboutProject(project.sandbox.storage.anonKey)
    await terminal.waitFor('SUPABASE_SERVICE_ROLE_KEY is a key of the role anon')
    await reply('Answer these questions again?')
    await reply('Command that prints the secrets')
    await terminal.waitFor(/Is it a project on supabase.com\?[\s\S]*Is it a project on supabase.com\?/)
  })

  it('changes nothing when it is interrupted', async () => {
    await start()
    await reply('Command that prints the secrets')
    await terminal.waitFor('Is it a project on supabase.com?')
    await terminal.press('C-c')
    await terminal.waitFor('exit code 130')
    expect(await readFile(envFile(), 'utf8')).toBe(await readFile(join(checkout, '.env.example'), 'utf8'))
    expect(await readdir(home)).not.toContain('shop.borg')
  })

  it('keeps the answers through several interruptions, for nobody else to read, and offers them again', async () => {
    const { SUPABASE_URL = '', SUPABASE_DB_URL = '' } = project.sandbox.environment()
    const answers = `${envFile()}.answers`
    await start()
    await reply('Command that prints the secrets')
    await reply('Is it a project on supabase.com?', 'n')
    await reply('Address of its API', SUPABASE_URL)
    await terminal.waitFor('Address of its Storage API')
    await terminal.press('C-c', 'C-c', 'C-c')
    await terminal.waitFor(/kept in[\s\S]*shop\.env\.answers[\s\S]*exit code 130/)
    expect((await stat(answers)).mode & 0o777).toBe(0o600)

    await start()
    await reply('Command that prints the secrets')
    await reply('Is it a project on supabase.com?')
    await terminal.waitFor(`.env of its Docker set-up: (${SUPABASE_URL})`)
    await terminal.press('Enter')
    await reply('Address of its Storage API', 'http://127.0.0.1:1')
    await replyAboutFiles()
    await reply('Connection string', SUPABASE_DB_URL)
    await terminal.waitFor('Secret API key')
    await terminal.press('C-c')
    await terminal.waitFor('exit code 130')
    expect(parse(await readFile(answers, 'utf8'))).toMatchObject({
      SUPABASE_URL,
      SUPABASE_STORAGE_URL: 'http://127.0.0.1:1',
      SUPABASE_DB_URL,
    })
    expect(await readFile(envFile(), 'utf8')).toBe(await readFile(join(checkout, '.env.example'), 'utf8'))
  })

  it('asks for an access token of a hosted project, and tries what it brings', async () => {
    const ref = 'abcdefghijklmnopqrst'
    const token = `sbp_${'0123456789'.repeat(4)}`
    const api = await startManagementApi({ token })
    try {
      const state = await api.add({ ref })
      const sandbox = project.sandbox.environment()
      const { SUPABASE_STORAGE_URL = '', SUPABASE_DB_URL = '', SUPABASE_SERVICE_ROLE_KEY = '' } = sandbox
      state.apiKeys.serviceRole = SUPABASE_SERVICE_ROLE_KEY
      await start({ SUPABASE_API_URL: api.url, SUPABASE_STORAGE_URL })
      await reply('Command that prints the secrets')
      await reply('Is it a project on supabase.com?', 'y')
      await reply('Project reference', ref)
      await reply('Access token (empty: none)', token)
      await reply('empty: by the access token', SUPABASE_DB_URL)
      await reply('Secret API key')
      await terminal.waitFor(/OK {4}storage: \d+ buckets?[\s\S]*OK {4}settings: (\d+) routes of \1/)
      await terminal.press('C-c')
      await terminal.waitFor('exit code 130')
      expect(parse(await readFile(`${envFile()}.answers`, 'utf8'))).toMatchObject({
        SUPABASE_ACCESS_TOKEN: token,
      })
    } finally {
      await api.stop()
    }
  })

  it('asks for nothing that SECRETS_COMMAND prints, and writes no secret into the env file', async () => {
    const sandbox = project.sandbox.environment()
    const { SUPABASE_URL = '', SUPABASE_STORAGE_URL = '', SUPABASE_DB_URL = '' } = sandbox
    const { SUPABASE_SERVICE_ROLE_KEY = '' } = sandbox
    const secrets = join(home, 'secrets')
    const passphrase = 'canary-of-the-passphrase'
    const lines = { SUPABASE_DB_URL, SUPABASE_SERVICE_ROLE_KEY, BORG_PASSPHRASE: passphrase }
    const printed = Object.entries(lines).map(([name, value]) => `${name}='${value}'\n`)
    await writeFile(secrets, printed.join(''), { mode: 0o600 })
    await start()
    await reply('Command that prints the secrets', `cat ${secrets}x`)
    await terminal.waitFor('FAIL  secrets: SECRETS_COMMAND exited with 1')
    await reply('Try again?')
    await reply('a blank: they are typed): (', `cat ${secrets}`)
    await terminal.waitFor('it prints SUPABASE_DB_URL, SUPABASE_SERVICE_ROLE_KEY, BORG_PASSPHRASE')
    await reply('Is it a project on supabase.com?', 'n')
    await reply('Address of its API', SUPABASE_URL)
    await reply('Address of its Storage API', SUPABASE_STORAGE_URL)
    await replyAboutFiles()
    await terminal.waitFor('OK    SUPABASE_SERVICE_ROLE_KEY: from SECRETS_COMMAND')
    await terminal.waitFor(/OK {4}database: PostgreSQL .*[\s\S]*OK {4}storage: 3 buckets/)
    await reply('Borg repository, a directory')
    await terminal.waitFor('OK    BORG_PASSPHRASE: from SECRETS_COMMAND')
    await reply('File to write its key to')
    await reply('Shall somebody be told', 'n')
    await reply('Start the nightly backup', 'n')
    await reply('Do you have both in another place', 'n')
    await terminal.waitFor('exit code 0')
    const text = await readFile(envFile(), 'utf8')
    for (const secret of Object.values(lines)) expect(text).not.toContain(secret)
    expect(parse(text)).toMatchObject({ SECRETS_COMMAND: `cat ${secrets}`, SUPABASE_URL })
    const info = await runCommand('borg', ['info', parse(text)['BORG_REPO'] ?? ''], {
      env: { ...env(), BORG_PASSPHRASE: passphrase },
    })
    expect(info.code, info.stderr).toBe(0)
  })

  it('keeps the answers when it is interrupted while it tries them', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    try {
      const { SUPABASE_URL = '' } = project.sandbox.environment()
      const url = `postgresql://postgres:p@127.0.0.1:${port}/postgres`
      await start()
      await reply('Command that prints the secrets')
      await reply('Is it a project on supabase.com?', 'n')
      await reply('Address of its API', SUPABASE_URL)
      await reply('Address of its Storage API')
      await replyAboutFiles()
      await reply('Connection string', url)
      await reply('Secret API key', 'sb_secret_of_a_test')
      await terminal.waitFor('Trying to reach the project')
      await terminal.press('C-c')
      await terminal.waitFor(/kept in[\s\S]*exit code 130/)
      expect(parse(await readFile(`${envFile()}.answers`, 'utf8'))).toMatchObject({ SUPABASE_DB_URL: url })
    } finally {
      silent.close()
    }
  })

  it('warns who wants to be told and names no way, and forgets the answers it kept once they are written', async () => {
    const { SUPABASE_SERVICE_ROLE_KEY = '' } = project.sandbox.environment()
    await start()
    await reply('Command that prints the secrets')
    await reply('Is it a project on supabase.com?', 'n')
    await terminal.waitFor('Address of its API')
    await terminal.press('C-c')
    await terminal.waitFor('exit code 130')
    await start()
    await replyAboutProject(SUPABASE_SERVICE_ROLE_KEY)
    await reply('Borg repository, a directory')
    await reply('Its passphrase (empty: a strong one is made)')
    await reply('File to write its key to')
    await reply('Shall somebody be told', 'y')
    await reply('Ping address')
    await reply('Webhook (empty')
    await reply('Mail address')
    await terminal.waitFor(/WARN +Nothing was entered, so nobody will be told/)
    await reply('Start the nightly backup', 'n')
    await reply('Do you have both in another place', 'n')
    await terminal.waitFor('exit code 0')
    expect(await readdir(dirname(envFile()))).not.toContain('shop.env.answers')
  })

  it('refuses to guess without a terminal', async () => {
    const args = ['--copy-to', checkout, '--project', 'shop', '--configure']
    const { code, stderr } = await runCommand(join(checkout, 'install.sh'), args, { env: env() })
    expect(code).toBe(2)
    expect(stderr).toContain('NO_TERMINAL')
  })
})
