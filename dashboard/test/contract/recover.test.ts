import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { runCommand, startDashboard } from '../helpers/server.ts'

const passphrase = 'a passphrase of the tests'
let app: TestApp
let file: string
beforeAll(async () => {
  app = await openTestApp()
  await app.lab.addProject('shop')
  await app.watch.lookNow()
  await app.person('admin', 'ada@example.com')
  app.credentials.set('shop', { name: 'SMTP_URL', value: 'smtp://kept.example.com' }, 'a test')
  app.ownBackup.setPassphrase(passphrase)
  file = app.ownBackup.make().file
})
afterAll(() => app.remove())

test('A dashboard is recovered from its own backup with users and sealed secrets, and over none that is there', async () => {
  const elsewhere = { environment: app.lab.environment, directory: join(app.lab.folder, 'elsewhere') }
  const recover = (words: string) => runCommand(elsewhere, ['recover', '--from', file], `${words}\n`)
  const wrong = await recover('another passphrase')
  expect([wrong.code, wrong.errors]).toEqual([1, expect.stringContaining('PASSPHRASE_WRONG')])
  expect(await readdir(elsewhere.directory)).toEqual(['lock'])
  expect(await recover(passphrase)).toMatchObject({ code: 0, output: expect.stringContaining('is back in') })
  const secrets = await runCommand(elsewhere, ['secrets', '--project', 'shop'])
  expect(secrets.output).toBe("SMTP_URL='smtp://kept.example.com'\n")
  const board = await startDashboard(elsewhere)
  // There is a user: no link for a first admin is printed.
  expect(board.link).toBeUndefined()
  await board.stop()
  const again = await recover(passphrase)
  expect([again.code, again.errors]).toEqual([1, expect.stringContaining('RECOVER_OCCUPIED')])
})

test('A damaged database is put aside, the index is made anew, and what is lost is said', async () => {
  const damaged = { environment: app.lab.environment, directory: join(app.lab.folder, 'damaged') }
  await runCommand(
    damaged,
    ['user', 'create', '--email', 'ada@example.com', '--role', 'admin'],
    'four odd words together\n',
  )
  await writeFile(join(damaged.directory, 'dashboard.sqlite'), 'no database '.repeat(1000))
  const board = await startDashboard(damaged)
  expect(board.link).toBeDefined()
  expect(board.output()).toMatch(/was damaged.*recover --from FILE/)
  await board.stop()
  expect(
    (await readdir(damaged.directory)).some((name) => name.startsWith('dashboard.sqlite.damaged-')),
  ).toBe(true)
})
