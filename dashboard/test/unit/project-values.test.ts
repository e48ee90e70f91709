import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addressProblems, isRefusedAddress } from '../../src/server/services/project/addresses.ts'
import { repositoryProblem } from '../../src/server/services/project/repository-place.ts'
import { openFile, sealedFileSchema, sealFile } from '../../src/server/services/project/sealed-file.ts'
import { isOffered, valueProblems, valuesSchema } from '../../src/server/services/project/variables.ts'
import { kindOf, settingsSchema, variableNames } from '../../src/server/toolkit.ts'

describe('the settings that can be set from here', () => {
  test('name nothing that is run, and no file or directory of the machine but a repository', () => {
    const offered = variableNames.filter(isOffered)
    expect(offered).toContain('SUPABASE_DB_URL')
    expect(offered.filter((name) => kindOf(settingsSchema.shape[name]).path !== undefined)).toEqual([
      'BORG_REPO',
    ])
    // Each of these is run, or says what is.
    for (const name of ['SECRETS_COMMAND', 'BORG_PASSCOMMAND', 'ONLY_IF', 'BORG_RSH', 'BORG_REMOTE_PATH'])
      expect([name, isOffered(name)]).toEqual([name, false])
    for (const name of ['PG_IMAGE', 'DRILL_IMAGE', 'SENDMAIL', 'HOOKS_DIR', 'PG_BIN_DIR', 'PROJECT_NAME'])
      expect([name, isOffered(name)]).toEqual([name, false])
  })

  test('are judged by the table that reads the env file', () => {
    expect(valueProblems({ BORG_RETENTION_DAYS: '30', SUPABASE_URL: 'https://shop.example' })).toEqual([])
    expect(
      valueProblems({ BORG_RETENTION_DAYS: 'soon', SUPABASE_PROJECT: 'x', ONLY_IF: 'true' }),
    ).toMatchObject([
      { name: 'BORG_RETENTION_DAYS', message: expect.stringContaining('whole number') },
      { name: 'SUPABASE_PROJECT', message: 'is not a variable of the toolkit' },
      { name: 'ONLY_IF', message: expect.stringContaining('env file alone') },
    ])
  })

  test.each(['a\nBORG_PASSCOMMAND=touch /tmp/x', 'a\r', 'a\0b', 'x'.repeat(5000)])(
    'are one line each: %j is refused',
    (value) => {
      expect(valuesSchema.safeParse({ MAIL_FROM: value }).success).toBe(false)
    },
  )
})

describe('an address of a project', () => {
  test.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    '0.0.0.0',
    '224.0.0.1',
  ])('is not %s', (address) => {
    expect(isRefusedAddress(address)).toBe(true)
  })

  test.each(['127.0.0.1', '10.0.0.7', '192.168.1.4', '203.0.113.9', '2001:db8::1'])(
    'may be %s',
    (address) => {
      expect(isRefusedAddress(address)).toBe(false)
    },
  )

  test.each([
    ['SUPABASE_URL', 'http://169.254.169.254/latest/meta-data'],
    ['SUPABASE_URL', 'http://0xA9FEA9FE/'],
    ['SUPABASE_URL', 'http://[::ffff:169.254.169.254]/'],
    ['SUPABASE_URL', 'http://metadata.google.internal/'],
    ['SUPABASE_DB_URL', 'postgresql://postgres:x@169.254.169.254:5432/postgres'],
    ['SUPABASE_DB_URL', 'postgresql://postgres:x@2852039166:5432/postgres'],
    ['WEBHOOK_URL', 'https://rebound.example/hook'],
    ['SMTP_URL', 'smtp://user:x@169.254.169.254:25'],
    ['SUPABASE_DB_POOLER', 'rebound.example'],
    ['BORG_REPO', 'ssh://borg@169.254.169.254/./x'],
    ['BORG_REPO', 'borg@rebound.example:x'],
  ])('in %s is not %s', async (name, value) => {
    const look = async (host: string) => (host === 'rebound.example' ? ['10.0.0.1', '169.254.169.254'] : [])
    expect(await addressProblems({ [name]: value }, look)).toMatchObject([{ name }])
  })

  test('that is a name which leads to a private network, or nowhere yet, is taken', async () => {
    const look = async (host: string) => {
      if (host === 'gone.example') throw new Error('ENOTFOUND')
      return ['10.0.0.1']
    }
    const values = {
      SUPABASE_URL: 'https://api.example',
      WEBHOOK_URL: 'https://gone.example',
      BORG_REPO: '/var/backups/shop.borg',
    }
    expect(await addressProblems(values, look)).toEqual([])
  })
})

describe('the place of a repository', () => {
  test.each([
    'ssh://-oProxyCommand=touch%20x/x',
    'ssh://user@-oProxyCommand=x/x',
    '-oProxyCommand=x:/y',
    'user@host:-x',
    'file:///etc',
    'ssh://host',
    '/var/backups/../../etc',
    '/var/backups/x::archive',
  ])('is not %s', async (repository) => {
    expect(await repositoryProblem(repository, [])).toEqual(expect.any(String))
  })

  test.each([
    '/var/backups/shop.borg',
    'ssh://borg@backup.example.com:2222/./shop.borg',
    'ssh://borg@[2001:db8::1]/x',
    'borg@backup.example.com:shop.borg',
  ])('may be %s', async (repository) => {
    expect(await repositoryProblem(repository, ['/var/lib/dashboard'])).toBeUndefined()
  })

  test('is not where the dashboard keeps its own, by no way that leads there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-dashboard-'))
    try {
      await mkdir(join(folder, 'kept'))
      await symlink(join(folder, 'kept'), join(folder, 'link'))
      for (const place of ['kept', 'kept/x.borg', 'link/x.borg'])
        expect(await repositoryProblem(join(folder, place), [join(folder, 'kept')])).toMatch(/must not/)
      expect(await repositoryProblem(join(folder, 'kept-beside'), [join(folder, 'kept')])).toBeUndefined()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('a sealed export', () => {
  test('is opened by its passphrase, unless it was altered', async () => {
    const sealed = await sealFile('all the secrets', 'four odd words together')
    expect(JSON.stringify(sealed)).not.toContain('secrets')
    expect(await openFile(sealed, 'four odd words together')).toBe('all the secrets')
    const wrong = { code: 'PASSPHRASE_WRONG' }
    await expect(openFile(sealed, 'four odd words')).rejects.toMatchObject(wrong)
    const altered = { ...sealed, text: `${sealed.text.startsWith('A') ? 'B' : 'A'}${sealed.text.slice(1)}` }
    await expect(openFile(altered, 'four odd words together')).rejects.toMatchObject(wrong)
    const shorter = { ...sealed, text: sealed.text.slice(0, 8) }
    await expect(openFile(shorter, 'four odd words together')).rejects.toMatchObject(wrong)
    const cheaper = { ...sealed, kdf: { ...sealed.kdf, p: 1 } }
    await expect(openFile(cheaper, 'four odd words together')).rejects.toMatchObject(wrong)
    // One that would take the machine's memory is none.
    expect(sealedFileSchema.safeParse(sealed).success).toBe(true)
    const greedy = { ...sealed, kdf: { ...sealed.kdf, N: 2 ** 24 } }
    expect(sealedFileSchema.safeParse(greedy).success).toBe(false)
  })
})
