import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lockFor, openWith, sealFor } from '../../src/server/crypto/passphrase-box.ts'
import { backupContentSchema } from '../../src/server/services/own-backup.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { monthOf } from '../helpers/lab.ts'

const passphrase = 'a passphrase of the tests'
let app: TestApp
let admin: ReturnType<TestApp['as']>
beforeAll(async () => {
  app = await openTestApp()
  await app.lab.addProject('shop', monthOf('shop'))
  await app.watch.lookNow()
  admin = app.as(await app.person('admin', 'ada@example.com'))
})
afterAll(() => app.remove())

const folder = () => join(app.lab.directory, 'backups')
const backups = async () => (await readdir(folder())).filter((name) => name.endsWith('.backup')).sort()

describe('what is sealed for a passphrase', () => {
  const lock = lockFor(passphrase)

  test('is opened by it, and never looks the same twice', () => {
    const content = randomBytes(100_000)
    const [one, other] = [sealFor(lock, content), sealFor(lock, content)]
    expect(openWith(passphrase, one).equals(content)).toBe(true)
    expect(one.equals(other)).toBe(false)
  })

  test('is not opened by another passphrase, altered, or as something else', () => {
    const sealed = sealFor(lock, Buffer.from('the secret'))
    const altered = Buffer.from(sealed)
    altered.writeUInt8(altered.readUInt8(altered.length - 20) ^ 1, altered.length - 20)
    expect(() => openWith('another passphrase', sealed)).toThrow(/does not open/)
    expect(() => openWith(passphrase, altered)).toThrow(/does not open/)
    expect(() => openWith(passphrase, Buffer.from('nonsense\n'))).toThrow(/no backup of a dashboard/)
    expect(sealed.toString('latin1')).not.toContain('the secret')
  })
})

describe('the dashboard’s own backup', () => {
  test('is not made without a passphrase, and is said to be missing', async () => {
    await expect(admin.settings.backUp()).rejects.toMatchObject({
      message: expect.stringContaining('no recovery passphrase'),
    })
    app.ownBackup.makeIfDue()
    expect((await admin.settings.health()).ownBackup).toMatchObject({
      hasPassphrase: false,
      files: [],
      lastProblem: null,
    })
  })

  test('has the database without the index and sessions, and the key, in a file of nobody else', async () => {
    app.credentials.set('shop', { name: 'SMTP_URL', value: 'smtp://canary-of-backup' }, 'a test')
    const { file } = await admin.settings.setRecoveryPassphrase({ passphrase })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const sealed = await readFile(file)
    const { files } = backupContentSchema.parse(
      JSON.parse(gunzipSync(openWith(passphrase, sealed)).toString('utf8')),
    )
    const key = await readFile(join(app.lab.directory, 'key'))
    expect(files.key).toBe(key.toString('base64'))
    const path = join(app.lab.folder, 'recovered.sqlite')
    await writeFile(path, Buffer.from(files['dashboard.sqlite'], 'base64'))
    const copy = new Sqlite(path, { readonly: true })
    const count = (table: string) => copy.prepare(`select count(*) from ${table}`).pluck().get()
    expect([count('users'), count('credentials'), count('runs'), count('sessions')]).toEqual([1, 1, 0, 0])
    copy.close()
    // The running one is as it was.
    expect(app.database.$client.prepare('select count(*) from runs').pluck().get()).toBeGreaterThan(30)
    expect(JSON.stringify(await admin.settings.get())).not.toContain('salt')
    expect(await backups()).toHaveLength(1)
    expect(await readdir(folder())).toHaveLength(1)
  })

  test('is made when a day has gone by, and as many are kept as is set', async () => {
    await admin.settings.set({ ownBackupsKept: 2 })
    app.ownBackup.makeIfDue()
    expect(await backups()).toHaveLength(1)
    for (const days of [1, 2, 3]) app.ownBackup.make(new Date(Date.now() + days * 86_400_000 + 60_000))
    expect(await backups()).toHaveLength(2)
  })

  test('that cannot be written is said, and ends nothing', async () => {
    await writeFile(join(app.lab.folder, 'a-file'), '')
    await admin.settings.set({ ownBackupDirectory: join(app.lab.folder, 'a-file/below') })
    expect(() => app.ownBackup.makeIfDue()).not.toThrow()
    expect((await admin.settings.health()).ownBackup.lastProblem).toMatch(/ENOTDIR/)
    await expect(admin.settings.set({ ownBackupDirectory: 'relative/path' })).rejects.toThrow(/no full path/)
  })
})

test('The health of the machine names versions and room', async () => {
  const { machine } = await admin.settings.health()
  expect(machine.programs.find(({ name }) => name === 'Node.js')?.version).toBe(process.version.slice(1))
  expect(machine.disks.flatMap(({ places }) => places)).toEqual(
    expect.arrayContaining(['the dashboard', 'shop']),
  )
  expect(machine.disks[0]?.totalBytes).toBeGreaterThan(machine.disks[0]?.freeBytes ?? 0)
})
