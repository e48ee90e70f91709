import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { canary, monthOf } from '../helpers/lab.ts'
import { failed, reportOf } from '../helpers/reports.ts'

let app: TestApp
beforeAll(async () => {
  app = await openTestApp()
  const check = (name: string, ago: number, changes = {}) =>
    reportOf(name, new Date(Date.now() - ago * 86_400_000), { kind: 'check', archives: [], ...changes })
  await app.lab.addProject('shop', [...monthOf('shop'), check('shop', 3)])
  await app.lab.addProject('blog', [...monthOf('blog'), check('blog', 1, failed)])
  await app.lab.addProject('wiki')
  await app.lab.addProject('crm', [check('crm', 2)])
  // Two names of one place, in one of which somebody has written a password.
  for (const [name, place] of [
    ['shop', `ssh://borg:${canary}@backup.example.com:22/srv/team`],
    ['crm', `ssh://borg:${canary}@backup.example.com/srv/team/`],
  ] as const) {
    const file = await readFile(app.lab.envFile(name), 'utf8')
    await writeFile(app.lab.envFile(name), file.replace(/BORG_REPO=.*/, `BORG_REPO='${place}'`))
  }
  await app.watch.lookNow()
})
afterAll(() => app.remove())

const health = () => app.as(app.token('admin')).settings.health()

describe('the health of the repositories', () => {
  test('names each once with its projects, the last check of any of them, and what needs somebody first', async () => {
    const { repositories } = await health()
    expect(
      repositories.map(({ projects, lastCheck, bytes }) => [
        ...[[...projects].sort(), lastCheck?.outcome ?? null, lastCheck?.projectId ?? null, bytes !== null],
      ]),
    ).toEqual([
      [['blog'], 'failed', 'blog', true],
      [['wiki'], null, null, false],
      [['crm', 'shop'], 'success', 'crm', true],
    ])
  })

  test('says where each is, without a password', async () => {
    const { repositories } = await health()
    expect(repositories.at(-1)?.place).toMatch(/^ssh:\/\/borg@backup\.example\.com/)
    expect(JSON.stringify(repositories)).not.toContain(canary)
  })
})

test('about the dashboard are its version, its licence and those of its packages', async () => {
  const { about } = await health()
  const own = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(about).toMatchObject({ version: own.version, license: 'MIT' })
  const { dependencies } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(about.packages.map(({ name }) => name)).toEqual(Object.keys(dependencies))
  for (const { version, license } of about.packages)
    expect([version, license]).toEqual([expect.stringMatching(/^\d/), expect.stringMatching(/^[A-Z\d]/)])
})
