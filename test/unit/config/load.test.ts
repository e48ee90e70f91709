import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { redact } from '../../../src/common/redact.ts'
import { loadConfig, loadProject } from '../../../src/config/load.ts'
import type { Need } from '../../../src/config/rules.ts'

let folder: string
let envFile: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-config-'))
  envFile = join(folder, 'shop.env')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const minimal = `
SUPABASE_PROJECT_REF=abcdefghijklmnopqrst
SUPABASE_DB_PASSWORD='word of the database'
SUPABASE_SERVICE_ROLE_KEY=sb_secret_of_the_shop
BORG_REPO=~/shop.borg
BORG_PASSPHRASE='phrase of the repository'
`

async function load(content: string, environment: Record<string, string> = {}, needed: Need[] = []) {
  await writeFile(envFile, content, { mode: 0o600 })
  return loadProject({ envFile, environment: { HOME: '/home/ann', ...environment }, needed })
}

describe('the env file', () => {
  it('gives the values, the addresses built from the reference, and the defaults', async () => {
    const { values } = await load(minimal, {}, ['database', 'storage', 'repository'])
    expect(values).toMatchObject({
      PROJECT_NAME: 'shop',
      SUPABASE_URL: 'https://abcdefghijklmnopqrst.supabase.co',
      SUPABASE_STORAGE_URL: 'https://abcdefghijklmnopqrst.supabase.co/storage/v1',
      BORG_REPO: '/home/ann/shop.borg',
      BORG_RETENTION_DAYS: '21',
      STATE_DIR: '/home/ann/.local/state/supabase-backup/shop',
      LOCAL_BACKUP_DIR: '/home/ann/.local/share/supabase-backup/shop/current',
      HOOKS_DIR: join(folder, 'hooks.d'),
    })
  })

  it('is parsed and never run: what a shell would expand stays as it is', async () => {
    const { values } = await load(`${minimal}BORG_PASSPHRASE='$(touch /tmp/x) \`id\` $HOME ~'\n`)
    expect(values['BORG_PASSPHRASE']).toBe('$(touch /tmp/x) `id` $HOME ~')
  })

  it('is refused by the name of a variable that no program could be started with, and takes the longest one', async () => {
    const longest = 'a'.repeat(128 * 1024 - 'BORG_PASSPHRASE='.length - 1)
    const { values } = await load(`${minimal}BORG_PASSPHRASE=${longest}\n`)
    expect(values['BORG_PASSPHRASE']).toBe(longest)
    await expect(load(`${minimal}BORG_PASSPHRASE=${longest}a\n`)).rejects.toMatchObject({
      ...{ code: 'CONFIG_INVALID_VALUE', exitCode: 78 },
      message: 'BORG_PASSPHRASE is longer than 128 KiB, which no program can be given.',
    })
  })

  it('has ~ and $HOME expanded in paths only, and only in front', async () => {
    const { values } = await load(
      `${minimal}LOCAL_BACKUP_DIR='$HOME/backups/~x'\nBORG_RSH='ssh -i ~/.ssh/id'\nPG_BIN_DIR=\${HOME}/bin\n`,
    )
    expect(values['LOCAL_BACKUP_DIR']).toBe('/home/ann/backups/~x')
    expect(values['PG_BIN_DIR']).toBe('/home/ann/bin')
    expect(values['BORG_RSH']).toBe('ssh -i ~/.ssh/id')
  })

  it('expands each of several repositories', async () => {
    const { values } = await load(
      minimal.replace('BORG_REPO=~/shop.borg', "BORG_REPOS='~/a ssh://borg@host/./b'"),
    )
    expect(values['BORG_REPOS']).toBe('/home/ann/a ssh://borg@host/./b')
  })

  it('of a project that is only restored to is refused for a backup, and read for all else', async () => {
    const content = `${minimal}TARGET_ONLY=true\n`
    await expect(load(content, {}, ['database'])).rejects.toMatchObject({ code: 'PROJECT_TARGET_ONLY' })
    expect((await load(content, {}, ['repository'])).values).toMatchObject({ TARGET_ONLY: 'true' })
  })

  it('with a misspelt variable is refused, naming the one that was meant', async () => {
    await expect(load(`${minimal}BORG_RETENTON_DAYS=5\n`)).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_VARIABLE',
      exitCode: 78,
      suggestion: 'Did you mean BORG_RETENTION_DAYS?',
    })
    await expect(load(`${minimal}COLOUR_OF_THE_BIKE_SHED=5\n`)).rejects.toMatchObject({
      suggestion: expect.stringContaining('.env.example'),
    })
  })

  it('with several wrong names and values tells all of them at once', async () => {
    await expect(
      load(`${minimal}BORG_RETENTION_DAYS=soon\nSTORAGE_CONCURRENCY=0\nSHED=1\n`),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      suggestion: expect.stringMatching(/SHED, .*BORG_RETENTION_DAYS .*STORAGE_CONCURRENCY /),
    })
  })

  it('that others may read is refused, with the command that mends it', async () => {
    await writeFile(envFile, minimal)
    await chmod(envFile, 0o644)
    await expect(loadProject({ envFile, environment: {}, needed: [] })).rejects.toMatchObject({
      code: 'ENV_FILE_OPEN',
      suggestion: `Run: chmod 600 '${envFile}'`,
    })
  })

  it('that is missing, or a directory, is named', async () => {
    await expect(loadProject({ envFile, environment: {}, needed: [] })).rejects.toMatchObject({
      code: 'ENV_FILE_MISSING',
    })
    await mkdir(envFile)
    await expect(loadProject({ envFile, environment: {}, needed: [] })).rejects.toMatchObject({
      code: 'ENV_FILE_UNREADABLE',
      detail: 'EISDIR',
    })
  })

  it('with an unquoted # is refused instead of cutting a password short', async () => {
    await expect(load('SUPABASE_DB_PASSWORD=half#half\n')).rejects.toMatchObject({
      code: 'ENV_FILE_UNQUOTED_HASH',
      message: expect.stringContaining('SUPABASE_DB_PASSWORD in line 1'),
    })
    const { values } = await load(
      "SUPABASE_DB_PASSWORD='half#half' # a comment\nBORG_COMPRESSION=lz4 # another\n",
    )
    expect(values).toMatchObject({ SUPABASE_DB_PASSWORD: 'half#half', BORG_COMPRESSION: 'lz4' })
  })
})

describe('precedence', () => {
  it('is the environment, then systemd credentials, then the env file, then the default', async () => {
    const credentials = join(folder, 'credentials')
    await mkdir(credentials)
    await writeFile(join(credentials, 'BORG_PASSPHRASE'), 'of the credential\n')
    await writeFile(join(credentials, 'SUPABASE_DB_PASSWORD'), 'of the credential too\n')
    const environment = { CREDENTIALS_DIRECTORY: credentials, SUPABASE_DB_PASSWORD: 'of the environment' }
    const { values, origins } = await load(minimal, environment)
    expect(values['SUPABASE_DB_PASSWORD']).toBe('of the environment')
    expect(values['BORG_PASSPHRASE']).toBe('of the credential')
    expect(origins).toMatchObject({
      SUPABASE_DB_PASSWORD: 'environment',
      BORG_PASSPHRASE: 'credential',
      BORG_REPO: 'file',
      BORG_RETENTION_DAYS: 'default',
    })
  })

  it('takes an empty value for none', async () => {
    const { values } = await load(`${minimal}BORG_COMPRESSION=\n`, { BORG_REPO: '' })
    expect(values).toMatchObject({ BORG_COMPRESSION: 'zstd,3', BORG_REPO: '/home/ann/shop.borg' })
  })
})

describe('where things lie', () => {
  it('is said by systemd, where a unit runs', async () => {
    const { values } = await load(minimal, {
      STATE_DIRECTORY: '/var/lib/x',
      LOGS_DIRECTORY: '/var/log/x:/var/log/y',
    })
    expect(values).toMatchObject({
      STATE_DIR: '/var/lib/x/shop',
      LOG_DIR: '/var/log/x/shop',
      LOCK_FILE: '/var/lib/x/shop/lock',
    })
  })

  it('is with the state for the lock, whatever the runtime directory is', async () => {
    const runtime = join(folder, 'runtime')
    await mkdir(runtime)
    for (const XDG_RUNTIME_DIR of [runtime, '']) {
      const { values } = await load(minimal, { XDG_RUNTIME_DIR, XDG_STATE_HOME: '/state' })
      expect(values).toMatchObject({
        LOCK_FILE: '/state/supabase-backup/shop/lock',
        LOG_DIR: '/state/supabase-backup/shop/logs',
      })
    }
  })

  it('is named after the project reference when the file is only called .env', async () => {
    const plain = join(folder, '.env')
    await writeFile(plain, minimal, { mode: 0o600 })
    const { values } = await loadProject({ envFile: plain, environment: { HOME: '/h' }, needed: [] })
    expect(values['PROJECT_NAME']).toBe('abcdefghijklmnopqrst')
  })
})

describe('a worker', () => {
  it('finds in its environment what the script exported, without the env file, and shows no secret', async () => {
    const { values } = await load(`${minimal}SUPABASE_DB_URL=postgresql://u:p%40ss%20word@h:5432/db\n`)
    const config = loadConfig(values)
    expect(config).toMatchObject({ PROJECT_NAME: 'shop', STORAGE_CONCURRENCY: 10, ENV_FILE: envFile })
    const text = 'phrase of the repository, p@ss word, sb_secret_of_the_shop'
    expect(redact(text)).toBe('*****, *****, *****')
  })
})
