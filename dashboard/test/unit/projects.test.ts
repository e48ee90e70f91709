import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { audit } from '../../src/server/db/schema/index.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { canary, monthOf } from '../helpers/lab.ts'

let app: TestApp
beforeEach(async () => {
  app = await openTestApp()
  await app.lab.addProject('shop', monthOf('shop'))
  await app.lab.addProject('blog')
  await app.watch.lookNow()
})
afterEach(() => app.remove())

const admin = () => app.as(app.token('admin'))

const place = { environment: 'production', groups: ['team a'], tags: ['eu'] } as const
const written = { ...place, groups: [...place.groups], tags: [...place.tags] }

describe('a project', () => {
  test('is in an environment, groups and tags, which a restart of the dashboard keeps', async () => {
    await admin().projects.place({ projectId: 'shop', ...written })
    expect(await admin().projects.get({ projectId: 'shop' })).toMatchObject(place)
    expect((await admin().projects.list()).find(({ id }) => id === 'shop')).toMatchObject(place)
    await expect(
      admin().projects.place({ projectId: 'shop', ...written, tags: ['a,b'] }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  test('that is inactive is shown as such, and no run of it starts until it is active again', async () => {
    await admin().projects.setInactive({ projectId: 'shop', isInactive: true })
    expect(await admin().projects.get({ projectId: 'shop' })).toMatchObject({
      safety: 'inactive',
      problems: [],
      inactiveSince: expect.stringMatching(/^20/),
    })
    await expect(admin().runs.start({ projectId: 'shop', options: { kind: 'backup' } })).rejects.toThrow(
      /inactive/,
    )
    await admin().projects.setInactive({ projectId: 'shop', isInactive: false })
    expect(await admin().projects.get({ projectId: 'shop' })).toMatchObject({ safety: 'safe' })
  })

  test('is removed when its name is typed: its env file stays beside, and it does not come back', async () => {
    await expect(admin().projects.remove({ projectId: 'shop', typed: 'shopp' })).rejects.toThrow(/name/)
    const { envFile } = await admin().projects.remove({ projectId: 'shop', typed: 'shop' })
    expect(envFile).toMatch(/\/removed\/shop-[\dT-]+\/shop\.env$/)
    expect(await readFile(envFile ?? '', 'utf8')).toContain(canary)
    expect((await stat(envFile ?? '')).mode & 0o777).toBe(0o600)
    await app.watch.lookNow()
    expect((await admin().projects.list()).map(({ id }) => id)).toEqual(['blog'])
    expect(await readdir(`${app.lab.folder}/state/supabase-backup/shop/runs`)).not.toEqual([])
  })
})

const passphrase = 'of-the-archives-51c2'
const sealPassphrase = () =>
  app.credentials.set('shop', { name: 'BORG_PASSPHRASE', value: passphrase }, 'a test')

describe('what archives are read with', () => {
  test('is kept when a project is removed, and is its own again when it is put back', async () => {
    sealPassphrase()
    const { hasSecrets } = await admin().projects.remove({ projectId: 'shop', typed: 'shop' })
    expect(hasSecrets).toBe(true)
    expect(await admin().projects.removed()).toMatchObject([
      { id: 'shop', secrets: ['BORG_PASSPHRASE'], envFile: app.lab.envFile('shop') },
    ])
    // As SECRETS_COMMAND of the env file that was set aside prints it.
    expect(app.credentials.lines('shop')).toContain(passphrase)
    expect(app.keys.rotate().sealed).toBeGreaterThan(0)
    expect(await admin().projects.putBack({ removedId: 'shop' })).toEqual({ id: 'shop' })
    expect(app.credentials.environmentOf('shop')).toMatchObject({ BORG_PASSPHRASE: passphrase })
    expect(await admin().projects.removed()).toEqual([])
    expect(await readFile(app.lab.envFile('shop'), 'utf8')).toContain(canary)
  })

  test('is found again where its env file is put back by hand, and is not given to another of the same name', async () => {
    sealPassphrase()
    const { envFile } = await admin().projects.remove({ projectId: 'shop', typed: 'shop' })
    const { id } = await admin().projects.add({
      ...{ name: 'shop', values: good, regardless: true },
      place: { environment: null, groups: [], tags: [] },
    })
    expect(id).toBe('shop~2')
    expect(app.credentials.environmentOf('shop~2')).toMatchObject({ BORG_PASSPHRASE: 'of the file' })
    await expect(admin().projects.putBack({ removedId: 'shop' })).rejects.toThrow(/already/)
    await admin().projects.remove({ projectId: 'shop~2', typed: 'shop' })
    await admin().projects.dropRemoved({ removedId: 'shop~2', typed: 'shop' })
    await rename(envFile ?? '', app.lab.envFile('shop'))
    await app.watch.lookNow()
    expect(app.credentials.environmentOf('shop')).toMatchObject({ BORG_PASSPHRASE: passphrase })
  })

  test('stays where a project is taken out whose env file is gone, which may only be away', async () => {
    sealPassphrase()
    const away = `${app.lab.folder}/away.env`
    await rename(app.lab.envFile('shop'), away)
    await app.watch.lookNow()
    await admin().projects.forget({ projectId: 'shop' })
    await rename(away, app.lab.envFile('shop'))
    await app.watch.lookNow()
    expect(app.credentials.environmentOf('shop')).toMatchObject({ BORG_PASSPHRASE: passphrase })
  })

  test('goes only when the name of the removed project is typed for that', async () => {
    sealPassphrase()
    await admin().projects.remove({ projectId: 'shop', typed: 'shop' })
    await expect(admin().projects.dropRemoved({ removedId: 'shop', typed: 'x' })).rejects.toThrow(/name/)
    expect(app.credentials.lines('shop')).toContain(passphrase)
    await admin().projects.dropRemoved({ removedId: 'shop', typed: 'shop' })
    expect(await admin().projects.removed()).toEqual([])
    expect(app.keys.state().sealed).toBe(0)
  })

  test('is kept where another takes its place, in the dashboard and in the env file', async () => {
    const { fingerprint } = await admin().projects.settings({ projectId: 'shop' })
    const values = { BORG_PASSPHRASE: 'another-8f1e' }
    const changed = { projectId: 'shop', values, fingerprint, keep: 'regardless' } as const
    expect(await admin().projects.change(changed)).toMatchObject({ isKept: true })
    sealPassphrase()
    app.credentials.clear('shop', 'BORG_PASSPHRASE')
    const former = app.credentials.formerLines('shop')
    expect([passphrase, 'another-8f1e', canary].map((one) => former.includes(one))).toEqual([
      true,
      true,
      true,
    ])
    expect(await admin().projects.settings({ projectId: 'shop' })).toMatchObject({ former: 3 })
  })
})

describe('settings', () => {
  test('are read without secrets, and say which of those there are', async () => {
    const settings = await admin().projects.settings({ projectId: 'shop' })
    expect(settings.values).toMatchObject({ SUPABASE_URL: 'https://supabase.example.com' })
    expect(settings.secrets.toSorted()).toEqual([
      'BORG_PASSPHRASE',
      'SUPABASE_DB_URL',
      'SUPABASE_SERVICE_ROLE_KEY',
    ])
    expect(JSON.stringify(settings)).not.toContain(canary)
  })

  test('that would send a kept secret to another address take that secret again', async () => {
    const before = await readFile(app.lab.envFile('shop'), 'utf8')
    const { fingerprint } = await admin().projects.settings({ projectId: 'shop' })
    const change = (values: Record<string, string>) =>
      admin().projects.change({ projectId: 'shop', values, fingerprint, keep: 'regardless' })
    const moved = { SUPABASE_URL: 'https://another.example.com' }
    expect(await change(moved)).toMatchObject({
      isKept: false,
      problems: [{ name: 'SUPABASE_SERVICE_ROLE_KEY', message: expect.stringContaining('again') }],
    })
    expect(await readFile(app.lab.envFile('shop'), 'utf8')).toBe(before)
  })

  test('that are secrets are sealed, and leave the env file, which names what gives them', async () => {
    const { fingerprint } = await admin().projects.settings({ projectId: 'shop' })
    const values = { SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_typed-in', BORG_RETENTION_DAYS: '30' }
    const sent = { projectId: 'shop', values, fingerprint, keep: 'regardless' } as const
    expect(await admin().projects.change(sent)).toMatchObject({ isKept: true })
    const text = await readFile(app.lab.envFile('shop'), 'utf8')
    expect(text).toContain('dashboard.sh secrets --project shop')
    expect(text).toContain('BORG_RETENTION_DAYS=30')
    expect(text).not.toMatch(/typed-in|^SUPABASE_SERVICE_ROLE_KEY=/m)
    expect(app.credentials.environmentOf('shop')).toMatchObject({
      SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_typed-in',
    })
    expect(JSON.stringify(app.database.select().from(audit).all())).not.toContain('typed-in')
  })

  test('that are secrets and come from another store are changed there', async () => {
    const text = await readFile(app.lab.envFile('shop'), 'utf8')
    await writeFile(
      app.lab.envFile('shop'),
      `${text.replace(/^SUPABASE_SERVICE_ROLE_KEY=.*\n/m, '')}SECRETS_COMMAND='sops -d shop.sops.env'\n`,
    )
    const { fingerprint } = await admin().projects.settings({ projectId: 'shop' })
    const values = { SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_typed-in' }
    expect(
      await admin().projects.change({ projectId: 'shop', values, fingerprint, keep: 'regardless' }),
    ).toMatchObject({
      isKept: false,
      problems: [{ name: 'SUPABASE_SERVICE_ROLE_KEY', message: expect.stringContaining('SECRETS_COMMAND') }],
    })
  })

  test('of which one is wrong are not tried, and name it', async () => {
    const values = { BORG_RETENTION_DAYS: 'soon', ONLY_IF: 'touch /tmp/x' }
    const { fingerprint } = await admin().projects.settings({ projectId: 'shop' })
    expect(
      await admin().projects.change({ projectId: 'shop', values, fingerprint, keep: 'if good' }),
    ).toMatchObject({ isKept: false, problems: [{ name: 'BORG_RETENTION_DAYS' }, { name: 'ONLY_IF' }] })
    expect(await admin().projects.tryNew({ name: '../x', values: {}, part: 'all' })).toMatchObject({
      problems: [{ name: 'name' }],
    })
    await expect(admin().projects.tryNew({ name: 'shop', values: {}, part: 'all' })).rejects.toThrow(
      /already/,
    )
  })
})

const good = {
  SUPABASE_URL: 'https://new.example.com',
  SUPABASE_DB_URL: 'postgresql://postgres:pass@127.0.0.1:1/postgres',
  SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_of-a-file',
  BORG_REPO: '/var/backups/new.borg',
  BORG_PASSPHRASE: 'of the file',
}

describe('an import', () => {
  test('says of each project of a file what it would do, and does nothing', async () => {
    const columns = ['name', 'groups', ...Object.keys(good), 'ONLY_IF']
    const row = (name: string, cells: Record<string, string>) =>
      columns.map((column) => `"${column === 'name' ? name : (cells[column] ?? '')}"`).join(',')
    const text = [
      columns.join(','),
      row('new', { ...good, groups: 'team a; team b' }),
      row('new', good),
      row('shop', { groups: 'team a' }),
      row('blog', {}),
      row('../../x', good),
      row('half', { SUPABASE_URL: 'https://half.example.com' }),
      row('run', { ...good, ONLY_IF: 'touch /tmp/x' }),
      row('cloud', { ...good, SUPABASE_URL: 'http://169.254.169.254' }),
    ].join('\r\n')
    const before = await readdir(app.lab.configuration)
    const plan = await admin().projects.planImport({ format: 'csv', text })
    expect(plan.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'new add',
      'new refused',
      'shop change',
      'blog same',
      '../../x refused',
      'half refused',
      'run refused',
      'cloud refused',
    ])
    expect(plan[5]?.problems[0]?.message).toContain('repository')
    expect(JSON.stringify(plan)).not.toContain('of-a-file')
    expect(await readdir(app.lab.configuration)).toEqual(before)
  })

  test.each([
    ['csv', 'name,x\na,"torn sb_secret_in-a-torn-cell'],
    ['csv', 'project,SUPABASE_URL\nx,y'],
    ['json', '[{"name": "x"'],
    ['json', '{"things": []}'],
    ['json', '[]'],
  ] as const)('of a %s file that is none is refused: %j', async (format, text) => {
    const answer = admin().projects.planImport({ format, text })
    await expect(answer).rejects.toThrow('This file cannot be read as projects.')
    await expect(answer).rejects.not.toThrow('torn-cell')
  })

  test('of what was exported finds everything as it is, also of what is sealed', async () => {
    await admin().projects.place({ projectId: 'shop', ...written })
    for (const format of ['csv', 'json'] as const) {
      const text = await admin().projects.export({ format })
      expect(text).toContain('https://supabase.example.com')
      expect(text).not.toContain(canary)
      const plan = await admin().projects.planImport({ format, text })
      expect(plan.map(({ verdict }) => verdict)).toEqual(['same', 'same'])
    }
    const passphrase = 'four odd words together'
    const sealed = await admin().projects.exportSealed({ passphrase })
    expect(sealed).not.toContain(canary)
    await expect(admin().projects.planImport({ format: 'json', text: sealed })).rejects.toThrow(/sealed/)
    await admin().projects.remove({ projectId: 'blog', typed: 'blog' })
    const plan = await admin().projects.planImport({ format: 'json', text: sealed, passphrase })
    expect(plan).toMatchObject([
      { name: 'blog', verdict: 'add', changes: expect.arrayContaining(['BORG_PASSPHRASE']) },
      { name: 'shop', verdict: 'same' },
    ])
  })
})
