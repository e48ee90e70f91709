import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApp } from '../../src/server/app.ts'
import { newKey } from '../../src/server/crypto/key-file.ts'
import { keyIdsInUse, sealedTexts, totpPlace } from '../../src/server/crypto/sealed-fields.ts'
import { audit, credentials, users } from '../../src/server/db/schema/index.ts'
import { parseSecrets } from '../../src/server/toolkit.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'

let app: TestApp
const value = 'sealed-canary-77e1 #with "marks'
beforeAll(async () => {
  app = await openTestApp()
  await app.lab.addProject('shop')
  await app.lab.addProject('blog')
  await app.watch.lookNow()
})
afterAll(() => app.remove())

describe('a secret of a project', () => {
  test('is set and cleared, told of only when and by whom, and stands nowhere in the clear', async () => {
    const admin = await app.person('admin', 'ada@example.com')
    await app.as(admin).credentials.set({ projectId: 'shop', name: 'BORG_PASSPHRASE', value })
    const told = await app.as(admin).credentials.list({ projectId: 'shop' })
    expect(told.secrets).toMatchObject([{ name: 'BORG_PASSPHRASE', setBy: 'ada@example.com' }])
    app.database.$client.pragma('wal_checkpoint(TRUNCATE)')
    const file = await readFile(join(app.lab.directory, 'dashboard.sqlite'), 'latin1')
    // The file was read: what is not secret is in it.
    expect(file).toContain('ada@example.com')
    expect(JSON.stringify([told, app.database.select().from(audit).all()]) + file).not.toContain(
      'canary-77e1',
    )
    expect(app.credentials.environmentOf('shop')).toMatchObject({
      BORG_PASSPHRASE: value,
      HOME: expect.anything(),
    })
    expect(app.credentials.changesFor('shop')).toMatchObject({ BORG_PASSPHRASE: value })
    expect(app.credentials.environmentOf('blog')).not.toHaveProperty('BORG_PASSPHRASE')
    await app.as(admin).credentials.clear({ projectId: 'shop', name: 'BORG_PASSPHRASE' })
    expect((await app.as(admin).credentials.list({ projectId: 'shop' })).secrets).toEqual([])
    const noted = app.database.select().from(audit).where(eq(audit.action, 'clear secret')).get()
    expect(noted).toMatchObject({
      subject: 'shop',
      outcome: 'done',
      details: expect.stringContaining('before'),
    })
  })

  test('is printed so that the toolkit reads it back, or refused', () => {
    const values = ['plain', "it's", 'say "x"', 'a # b', ' $(x) `y` \\n', value]
    for (const one of values) {
      app.credentials.set('shop', { name: 'SMTP_URL', value: one }, 'a test')
      expect(parseSecrets(app.credentials.lines('shop'))).toEqual({ SMTP_URL: one })
    }
    for (const one of ['two\nlines', `'a' "b" # c`])
      expect(() => app.credentials.set('shop', { name: 'SMTP_URL', value: one }, 'a test')).toThrow(
        /no configuration/,
      )
    app.credentials.clear('shop', 'SMTP_URL')
  })

  test('is one of the toolkit’s', async () => {
    const admin = app.as(await app.person('admin'))
    for (const name of ['PATH', 'SECRETS_COMMAND', 'BORG_REPO'])
      await expect(admin.credentials.set({ projectId: 'shop', name, value: 'x' })).rejects.toThrow(
        /no secret/,
      )
  })

  test('counts where the configuration is read, which needs it', async () => {
    const text = await readFile(app.lab.envFile('shop'), 'utf8')
    const missing = () =>
      app.projects.get('shop', () => true).components.find(({ name }) => name === 'database')?.missing
    await writeFile(app.lab.envFile('shop'), text.replace(/^SUPABASE_DB_URL=.*\n/m, ''), { mode: 0o600 })
    await app.watch.lookNow()
    expect(missing()).not.toBeNull()
    app.credentials.set(
      'shop',
      { name: 'SUPABASE_DB_URL', value: 'postgresql://u:p@127.0.0.1:1/x' },
      'a test',
    )
    await app.watch.lookNow()
    expect(missing()).toBeNull()
  })

  test('is of no use in another row', () => {
    const { sealed } = app.database.select().from(credentials).get() ?? { sealed: '' }
    app.database
      .insert(credentials)
      .values({ projectId: 'blog', name: 'SUPABASE_DB_URL', sealed, setAt: new Date(), setBy: 'x' })
      .run()
    expect(() => app.credentials.environmentOf('blog')).toThrow(/cannot be opened/)
    app.database.delete(credentials).where(eq(credentials.projectId, 'blog')).run()
  })
})

describe('the key', () => {
  const lines = async () => (await readFile(join(app.lab.directory, 'key'), 'utf8')).trim().split('\n').length

  test('is changed, all secrets are sealed anew, and the old one opens nothing any more', async () => {
    const user = await app.person('viewer', 'two-factor@example.com')
    const sealed = app.sealer.seal('JBSWY3DP', totpPlace(user.id))
    app.people.setTotp(user.id, sealed, 1)
    const before = app.keys.state()
    const keyFile = await readFile(join(app.lab.directory, 'key'), 'utf8')
    expect(app.keys.rotate()).toEqual({ sealed: before.sealed })
    expect([...keyIdsInUse(app.database)]).toEqual([app.keys.state().keyId])
    expect(app.keys.state()).toMatchObject({ broken: [], sealed: before.sealed })
    expect(app.keys.state().keyId).not.toBe(before.keyId)
    expect(app.sealer.open(app.people.find(user.id).totpSecret ?? '', totpPlace(user.id))).toBe('JBSWY3DP')
    expect(() => app.sealer.open(sealed, totpPlace(user.id))).toThrow(/cannot be opened/)
    expect(await readFile(join(app.lab.directory, 'key'), 'utf8')).not.toContain(keyFile.trim())
  })

  test('of a change that was cut off is finished at the next start', async () => {
    const path = join(app.lab.directory, 'key')
    const old = await readFile(path, 'utf8')
    await writeFile(path, `${newKey().secret.toString('base64url')}\n${old}`)
    const again = openApp({ directory: app.lab.directory, environment: app.lab.environment })
    expect(again.keys.state().broken).toEqual([])
    again.keys.finishRotation()
    expect(await lines()).toBe(1)
    expect(again.keys.state().broken).toEqual([])
    await again.close()
  })

  test('stays beside a new one where something is sealed with it that is not known', async () => {
    app.database.run(sql`create table strange (text text)`)
    app.database.run(sql`insert into strange values (${app.sealer.seal('x', 'strange')})`)
    app.keys.rotate()
    expect(await lines()).toBe(2)
    app.database.run(sql`drop table strange`)
    app.keys.finishRotation()
    expect(await lines()).toBe(1)
  })

  test('is not made anew where it is lost: it is said, and put back all is as before', async () => {
    const path = join(app.lab.directory, 'key')
    await rename(path, `${path}.away`)
    const again = openApp({ directory: app.lab.directory, environment: app.lab.environment })
    await again.watch.lookNow()
    expect(again.keys.state()).toMatchObject({ keyId: null, sealed: 3 })
    expect(again.keys.state().broken).toHaveLength(3)
    expect(again.projects.get('shop', () => true).problem).toMatchObject({ code: 'KEY_MISSING' })
    expect(() => again.credentials.set('blog', { name: 'SMTP_URL', value: 'x' }, 'x')).toThrow(/is gone/)
    expect(() => again.keys.rotate()).toThrow(/is gone/)
    await rename(`${path}.away`, path)
    expect(again.keys.state().broken).toEqual([])
    await again.close()
  })

  test('that is lost for good is replaced on demand, and what it sealed is named', async () => {
    await rm(join(app.lab.directory, 'key'))
    const again = openApp({ directory: app.lab.directory, environment: app.lab.environment })
    const lost = again.keys.replaceLost()
    expect(lost.map((place) => place.split('/')[0]).sort()).toEqual(['credentials', 'credentials', 'users'])
    expect(sealedTexts(again.database)).toEqual([])
    expect(
      again.database
        .select()
        .from(users)
        .all()
        .every(({ totpSecret }) => totpSecret === null),
    ).toBe(true)
    again.credentials.set('blog', { name: 'SMTP_URL', value: 'x' }, 'x')
    expect(again.keys.state().broken).toEqual([])
    await again.close()
  })
})
