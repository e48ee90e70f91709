import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inRepositories } from '../../src/components/overview/in-repositories.ts'
import { repositoryIdentity } from '../../src/server/ingest/repository-identity.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { reportOf } from '../helpers/reports.ts'

const mib = 2 ** 20
const now = new Date('2026-11-25T12:00:00Z')

/** A night after which the repository has so many mebibytes. */
function night(project: string, ago: number, hour: number, size: number) {
  const startedAt = new Date(Date.UTC(2026, 10, 25 - ago, hour))
  const report = reportOf(project, startedAt)
  const archives = report.archives.map((one) => ({ ...one, newBytes: mib, repositoryBytes: size * mib }))
  return { ...report, archives }
}

/** A drill at noon before, so that nothing is overdue. */
const nights = (project: string, each: (ago: number) => ReturnType<typeof night>) => [
  ...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(each),
  reportOf(project, new Date(Date.UTC(2026, 10, 24, 12)), { kind: 'drill' }),
]

let app: TestApp
beforeAll(async () => {
  app = await openTestApp()
  // One repository: each night the shop makes it two larger, the blog an hour later one.
  await app.lab.addProject(
    'shop',
    nights('shop', (ago) => night('shop', ago, 3, 132 - 3 * ago)),
  )
  await app.lab.addProject(
    'blog',
    nights('blog', (ago) => night('blog', ago, 4, 133 - 3 * ago)),
  )
  await app.lab.addProject(
    'wiki',
    nights('wiki', (ago) => night('wiki', ago, 5, 50)),
  )
  const shop = await readFile(app.lab.envFile('shop'), 'utf8')
  const blog = await readFile(app.lab.envFile('blog'), 'utf8')
  const repository = /BORG_REPO='(.*)'/.exec(shop)?.[1] ?? ''
  await mkdir(repository)
  await symlink(repository, join(app.lab.folder, 'blog.borg'))
  await writeFile(app.lab.envFile('blog'), blog)
  await app.watch.lookNow()
  app.labels.set('blog', 'group', ['press'])
})
afterAll(() => app.remove())

const of = (input: { days: 7 | 30 | 365; project?: string; group?: string }, sees = (_: string) => true) =>
  app.analytics.of(input, sees, now)
const sizes = (analytics: ReturnType<typeof of>) =>
  analytics.buckets.slice(-4).map(({ storageBytes }) => storageBytes / mib)

describe('a repository that two projects share', () => {
  test('counts once in the analytics, as it was told last, and grows once', () => {
    for (const days of [7, 30] as const) {
      const { totals, buckets, forecast } = of({ days })
      expect(totals.storageBytes).toBe((133 + 50) * mib)
      expect(buckets.slice(-4).map(({ storageBytes }) => storageBytes / mib)).toEqual([174, 177, 180, 183])
      expect(forecast?.bytesPerDay).toBeCloseTo(3 * mib, -6)
    }
    expect(of({ days: 7 }).totals.grownBytes).toBe(21 * mib)
    expect(of({ days: 365 }).totals.storageBytes).toBe((133 + 50) * mib)
  })

  test('is said to be shared of each of them, with what each added', () => {
    const { projects } = of({ days: 7 })
    const found = projects.map(({ id, isRepositoryShared, storageBytes, newBytes }) => [
      ...[id, isRepositoryShared, (storageBytes ?? 0) / mib, newBytes / mib],
    ])
    expect(found).toEqual([
      ['blog', true, 133, 7],
      ['shop', true, 133, 7],
      ['wiki', false, 50, 7],
    ])
  })

  test('is as large for one of them, and for a group, as it is', () => {
    expect(sizes(of({ days: 7, project: 'shop' }))).toEqual([124, 127, 130, 133])
    expect(of({ days: 30, group: 'press' }).totals).toMatchObject({ storageBytes: 133 * mib })
  })

  test('is not said to be shared to whom the other project is not shown', async () => {
    const sees = (id: string) => id === 'shop'
    const alone = of({ days: 7 }, sees)
    expect(alone.projects).toMatchObject([{ isRepositoryShared: false, storageBytes: 132 * mib }])
    expect(app.projects.get('shop', sees).repositorySharedWith).toEqual([])
    expect(app.projects.get('shop', () => true).repositorySharedWith).toEqual(['blog'])
  })

  test('counts once on the overview', () => {
    expect(inRepositories(app.projects.list(now))).toBe((133 + 50) * mib)
  })

  test('is known again after its configuration could not be read any more', async () => {
    const kept = await readFile(app.lab.envFile('blog'), 'utf8')
    await writeFile(app.lab.envFile('blog'), 'BORG_REPOO=x')
    await app.watch.lookNow()
    expect(of({ days: 7 }).totals.storageBytes).toBe((133 + 50) * mib)
    await writeFile(app.lab.envFile('blog'), kept)
    await app.watch.lookNow()
  })
})

describe('a place of a repository', () => {
  test.each([
    ['ssh://borg@host/./shop', 'borg@host:shop', true],
    ['ssh://borg@host/srv/shop/', 'borg@HOST:/srv/shop', true],
    ['ssh://borg@host:22/srv/shop', 'ssh://borg@host/srv/shop', true],
    ['ssh://borg@host:2222/srv/shop', 'ssh://borg@host/srv/shop', false],
    ['ssh://borg@host/./shop', 'ssh://borg@host/shop', false],
    ['ssh://borg@host/./shop', 'ssh://ops@host/./shop', false],
    ['/srv/a', '/srv/a/', true],
    ['/srv/a', '/srv/b', false],
  ])('%s and %s are the same: %s', async (one, other, isSame) => {
    expect((await repositoryIdentity(one)) === (await repositoryIdentity(other))).toBe(isSame)
  })
})

describe('two env files with one name', () => {
  test('are both said to be that', async () => {
    const wiki = await readFile(app.lab.envFile('wiki'), 'utf8')
    await writeFile(app.lab.envFile('copy'), `${wiki}PROJECT_NAME=wiki\n`, { mode: 0o600 })
    await app.registry.discover()
    for (const project of app.registry.all()) await app.watch.refresh(project)
    const named = app.projects.list(now).filter(({ name }) => name === 'wiki')
    expect(named).toHaveLength(2)
    for (const { safety, problems } of named) {
      expect(safety).toBe('degraded')
      expect(problems[0]?.message).toContain('Another env file says PROJECT_NAME=wiki too')
    }
    expect(app.projects.list(now).find(({ id }) => id === 'shop')).toMatchObject({ safety: 'safe' })
  })
})
