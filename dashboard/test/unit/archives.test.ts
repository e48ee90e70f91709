import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { audit, launches } from '../../src/server/db/schema/index.ts'
import { download } from '../../src/server/http/download.ts'
import { requireOwn } from '../../src/server/services/archives.ts'
import { restoreDraftSchema } from '../../src/server/services/drafts.ts'
import { openTestApp, origin, type TestApp } from '../helpers/app.ts'

let app: TestApp
beforeEach(async () => {
  app = await openTestApp()
  await app.lab.addProject('shop')
  await app.watch.lookNow()
})
afterEach(() => app.remove())

const archive = 'shop-2026-11-20_03-00-00'
const runId = 'aaaaaaaa-0000-4000-8000-000000000001'

describe('an archive', () => {
  test.each([archive, `${archive}-degraded`, 'shop-before-restore-2026-11-20_03-00-00', 'latest', 'Local'])(
    'called %s is the project’s',
    (name) => {
      expect(() => requireOwn({ name: 'shop' }, name)).not.toThrow()
    },
  )

  test.each(['blog-2026-11-20_03-00-00', 'shop-two-2026-11-20_03-00-00', '2026-11-20_03-00-00', 'x'])(
    'called %s is not, and nothing is asked about it',
    async (name) => {
      const admin = app.as(app.token('admin'))
      const code = { cause: { code: 'ARCHIVE_UNKNOWN' } }
      await expect(admin.archives.contents({ projectId: 'shop', archive: name })).rejects.toMatchObject(code)
      await expect(
        admin.archives.rows({ projectId: 'shop', archive: name, table: 'a.b' }),
      ).rejects.toMatchObject(code)
      const options = { kind: 'drill', archive: name } as const
      await expect(admin.runs.start({ projectId: 'shop', options })).rejects.toMatchObject(code)
    },
  )

  test('is deleted by an admin alone, who has typed its name', async () => {
    const options = { kind: 'delete', archive, typed: 'shop' } as const
    await expect(
      app.as(app.token('operator')).runs.start({ projectId: 'shop', options }),
    ).rejects.toMatchObject({ cause: { code: 'NOT_ALLOWED' } })
    await expect(app.as(app.token('admin')).runs.start({ projectId: 'shop', options })).rejects.toMatchObject(
      {
        cause: { code: 'ARCHIVE_NOT_CONFIRMED', suggestion: `Type it in full: ${archive}.` },
      },
    )
  })
})

describe('a draft of a restore', () => {
  test('is kept step by step, for whoever began it alone', async () => {
    const person = await app.person('operator')
    const mine = app.as(person)
    const state = restoreDraftSchema.parse({ archive })
    const { draftId } = await mine.drafts.begin({ projectId: 'shop', state })
    const next = { ...state, tables: ['"public"."orders"'], target: { type: 'test' } as const }
    await mine.drafts.save({ projectId: 'shop', draftId, state: next })
    expect(await mine.drafts.get({ projectId: 'shop', draftId })).toEqual(next)
    const other = app.as(await app.person('admin'))
    expect(await other.drafts.list({ projectId: 'shop' })).toEqual([])
    for (const call of [
      other.drafts.get({ projectId: 'shop', draftId }),
      other.drafts.save({ projectId: 'shop', draftId, state }),
      other.drafts.remove({ projectId: 'shop', draftId }),
    ])
      await expect(call).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await mine.drafts.remove({ projectId: 'shop', draftId })
    expect(await mine.drafts.list({ projectId: 'shop' })).toEqual([])
  })
})

describe('the download of an export', () => {
  const ask = (path: string, role: 'viewer' | 'operator' = 'operator') =>
    download(app, new URL(`http://x/api/downloads/${path}`), app.token(role), origin)

  beforeEach(async () => {
    const row = { runId, projectId: 'shop', kind: 'export', startedBy: 'x', startedAt: new Date() } as const
    const options = JSON.stringify({ archive, tables: ['public.orders'] })
    app.database
      .insert(launches)
      .values({ ...row, options, state: 'answered', answer: '{}' })
      .run()
    const folder = join(await app.exports.open(runId), 'backup_20261120_024107')
    await mkdir(join(folder, 'tables_csv'), { recursive: true })
    await writeFile(join(folder, 'tables_csv/public.orders.csv'), '<script>1</script>')
    await symlink('/etc/passwd', join(folder, 'link'))
  })

  test('is sent as a file to be saved, whatever it holds', async () => {
    const answer = await ask(`shop/${runId}?file=tables_csv/public.orders.csv`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(answer.headers.get('content-disposition')).toContain('attachment; filename="public.orders.csv"')
    expect(await answer.text()).toBe('<script>1</script>')
  })

  test.each([
    ['a link in it', `shop/${runId}?file=link`],
    ['a file beside it', `shop/${runId}?file=../../../key`],
    ['another’s project', `blog/${runId}`],
    ['a run that is none', `shop/${runId.replace('1', '2')}`],
    ['no run at all', 'shop/..%2f..'],
  ])('has not %s', async (_, path) => {
    expect((await ask(path)).status).toBe(404)
  })

  test('is not for viewers, and is noted', async () => {
    expect((await ask(`shop/${runId}`, 'viewer')).status).toBe(403)
    await (await ask(`shop/${runId}`)).body?.cancel()
    const notes = app.database.select().from(audit).all()
    expect(notes.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['download', 'denied'],
      ['download', 'done'],
    ])
  })

  test('is gone after an hour', async () => {
    await app.exports.sweep(false, Date.now() + 3_700_000)
    expect((await ask(`shop/${runId}`)).status).toBe(404)
  })
})
