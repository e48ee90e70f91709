import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { audit } from '../../src/server/db/schema/index.ts'
import {
  requiredRole,
  type StartOptions,
  startOptionsSchema,
  targetProject,
} from '../../src/server/runner/start-options.ts'
import { openTestApp, password, type TestApp } from '../helpers/app.ts'

const archive = 'shop-2026-11-20_03-00-00'
const project = { type: 'project', projectId: 'shop' } as const

describe('what can be started', () => {
  test.each<StartOptions>([
    { kind: 'backup', only: ['storage'], buckets: ['avatars'], acceptShrink: true },
    { kind: 'drill', archive, verifyBytes: '5%' },
    { kind: 'check', data: true },
    { kind: 'verify', archive: 'Local' },
    { kind: 'preview', archive: 'latest', target: { type: 'test' }, tables: ['public."Odd, name"'] },
    { kind: 'restore', archive, target: project, confirm: 'x', schemas: ['public'], noSafetyBackup: true },
    { kind: 'rollback', target: { type: 'test' }, confirm: 'x' },
    { kind: 'rollback-preview', target: project, only: ['database'] },
    { kind: 'pin', archive, reason: 'before “the move”' },
    { kind: 'unpin', archive },
    { kind: 'resume', target: project, confirm: 'x' },
    { kind: 'arm', target: project, confirm: 'x' },
  ])('takes $kind as it is', (options) => {
    expect(startOptionsSchema.parse(options)).toEqual(options)
  })

  test.each([
    ['a kind that there is not', { kind: 'mount' }],
    ['what belongs to another kind', { kind: 'backup', target: { type: 'test' } }],
    ['a command for a shell', { kind: 'drill', checkCommand: 'id' }],
    ['a component with a comma', { kind: 'backup', only: ['database,storage'] }],
    ['an archive that would be a flag', { kind: 'drill', archive: '--rollback' }],
    ['an archive that is a path', { kind: 'drill', archive: '../x' }],
    ['a name with a null character', { kind: 'backup', buckets: ['a\0b'] }],
    ['a name of two lines', { kind: 'backup', buckets: ['a\nb'] }],
    ['an empty list', { kind: 'backup', only: [] }],
    ['a restore without a reference', { kind: 'restore', archive, target: { type: 'test' } }],
    ['a rollback of a certain archive', { kind: 'rollback-preview', archive, target: { type: 'test' } }],
    ['a pin whose reason is of two lines', { kind: 'pin', archive, reason: 'a\nb' }],
    ['a pin whose reason is longer than 200 bytes', { kind: 'pin', archive, reason: 'é'.repeat(101) }],
    ['a target that is an address', { kind: 'preview', archive, target: 'postgresql://x' }],
  ])('is not %s', (_, options) => {
    expect(startOptionsSchema.safeParse(options).success).toBe(false)
  })

  test('needs an admin where an archive may be lost by it', () => {
    expect(requiredRole({ kind: 'pin', archive })).toBe('operator')
    expect(requiredRole({ kind: 'unpin', archive })).toBe('admin')
    expect(requiredRole({ kind: 'delete', archive, typed: archive })).toBe('admin')
  })

  test('needs an admin where it changes a project that is no test project', () => {
    const needed = (options: StartOptions) => [requiredRole(options), targetProject(options)]
    expect(needed({ kind: 'backup' })).toEqual(['operator', undefined])
    expect(needed({ kind: 'preview', archive, target: project })).toEqual(['operator', 'shop'])
    expect(needed({ kind: 'rollback-preview', target: project })).toEqual(['operator', 'shop'])
    const test = { type: 'test' } as const
    expect(needed({ kind: 'restore', archive, target: test, confirm: 'x' })).toEqual(['operator', undefined])
    for (const kind of ['rollback', 'resume', 'arm'] as const)
      expect(needed({ kind, target: project, confirm: 'x' })).toEqual(['admin', 'shop'])
    expect(needed({ kind: 'restore', archive, target: project, confirm: 'x' })).toEqual(['admin', 'shop'])
  })
})

describe('a restore over a project', () => {
  let app: TestApp
  beforeEach(async () => {
    app = await openTestApp()
    await app.lab.addProject('shop')
    await app.watch.lookNow()
  })
  afterEach(() => app.remove())

  const options = { kind: 'restore', archive, target: project, confirm: 'supabase.example.com' } as const

  test('is not an operator’s, whatever was typed, and that is noted', async () => {
    const call = app.as(await app.person('operator')).runs.start({ projectId: 'shop', options, password })
    await expect(call).rejects.toMatchObject({ cause: { code: 'NOT_ALLOWED' } })
    const [entry] = app.database.select().from(audit).all()
    expect(entry).toMatchObject({ action: 'start run', outcome: 'denied' })
    expect(JSON.parse(`${entry?.details}`)).toMatchObject({
      options: { kind: 'restore', archive, target: project },
    })
    expect(entry?.details).not.toContain(password)
  })

  test('takes the password of whoever starts it once more', async () => {
    const admin = app.as(await app.person('admin'))
    for (const given of [undefined, '', 'another password'])
      await expect(admin.runs.start({ projectId: 'shop', options, password: given })).rejects.toMatchObject({
        cause: { code: 'PASSWORD_WRONG' },
      })
  })

  test('takes the reference of the target in full, and says it', async () => {
    const admin = app.as(await app.person('admin'))
    const reference = app.registry.get('shop').settings?.origin ?? ''
    expect(reference).not.toBe('')
    for (const confirm of ['shop', reference.slice(1)])
      await expect(
        admin.runs.start({ projectId: 'shop', options: { ...options, confirm }, password }),
      ).rejects.toMatchObject({
        cause: { code: 'TARGET_NOT_CONFIRMED', suggestion: `Type it in full: ${reference}.` },
      })
  })

  test('into a test project that is not described is refused', async () => {
    const target = { type: 'test' } as const
    await expect(
      app.as(app.token('operator')).runs.start({ projectId: 'shop', options: { ...options, target } }),
    ).rejects.toMatchObject({
      cause: { code: 'TARGET_NOT_CONFIRMED', message: 'This target is not described.' },
    })
  })

  test('of a component, or over a project, that there is not is refused', async () => {
    const admin = app.as(app.token('admin'))
    const nowhere = { ...options, target: { type: 'project', projectId: 'nowhere' } } as const
    await expect(admin.runs.start({ projectId: 'shop', options: nowhere })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(
      admin.runs.start({ projectId: 'shop', options: { ...options, only: ['nothing'] } }),
    ).rejects.toMatchObject({ cause: { code: 'COMPONENT_UNKNOWN' } })
  })
})
