import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadProject } from '../../../src/config/load.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { runCommand } from '../helpers/server.ts'

let app: TestApp
beforeAll(async () => {
  app = await openTestApp()
  await app.lab.addProject('shop')
  await app.watch.lookNow()
})
afterAll(() => app.remove())

test('The dashboard’s SECRETS_COMMAND gives a script what it keeps sealed, and fails in words without the key', async () => {
  app.credentials.set('shop', { name: 'WEBHOOK_URL', value: 'https://hooks.example.com/sealed' }, 'a test')
  expect(app.credentials.command('shop')).toMatch(
    /dashboard\/dashboard\.sh secrets --project shop --directory \//,
  )
  // The same program without its set-up, which is the business of the test of that.
  const program = join(process.env['DASHBOARD_BUILD'] ?? '', 'program/cli.js')
  const command = `${process.execPath} ${program} secrets --project shop --directory ${app.lab.directory}`
  await appendFile(app.lab.envFile('shop'), `SECRETS_COMMAND='${command}'\n`)
  const load = () =>
    loadProject({ envFile: app.lab.envFile('shop'), environment: app.lab.environment, needed: [] })
  const { values, origins } = await load()
  expect([values['WEBHOOK_URL'], origins['WEBHOOK_URL']]).toEqual([
    'https://hooks.example.com/sealed',
    'command',
  ])
  await writeFile(join(app.lab.directory, 'key'), `${'A'.repeat(43)}\n`)
  await expect(load()).rejects.toMatchObject({
    code: 'SECRETS_COMMAND_FAILED',
    detail: expect.stringContaining('cannot be opened'),
  })
})

test('It refuses a project that the dashboard does not have', async () => {
  const { code, errors } = await runCommand(app.lab, ['secrets', '--project', 'nothing'])
  expect([code, errors]).toEqual([2, expect.stringContaining('has no project nothing')])
})
