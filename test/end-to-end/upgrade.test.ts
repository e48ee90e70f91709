import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runReportSchema } from '../../src/report/schema.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { breakdowns } from '../../src/standin/storage-api/faults.ts'
import { query } from '../helpers/database.ts'
import { earlierVersions, leftState, type UpgradedMachine, upgradeMachine } from '../helpers/upgrade.ts'

describe.each(await earlierVersions())('what version %s left on a machine', (version) => {
  let machine: UpgradedMachine
  let target: Sandbox
  let reference: string
  let left: Awaited<ReturnType<typeof leftState>>
  let archives: string[]

  beforeAll(async () => {
    machine = await upgradeMachine(version)
    left = await leftState(version, 'status.json')
    archives = Object.values(Object(left['sizes'])).map((size) => String(Object(size).archive))
    const directory = join(machine.folder, 'target')
    await mkdir(directory)
    target = await startSandbox({ directory, application: 'small' })
    const there = target.environment()
    reference = `${new URL(target.databaseUrl).host}/postgres`
    const names = ['URL', 'STORAGE_URL', 'DB_URL', 'SERVICE_ROLE_KEY']
    await machine.configure(
      Object.fromEntries(names.map((name) => [`TEST_SUPABASE_${name}`, `${there[`SUPABASE_${name}`]}`])),
    )
  })
  beforeEach(() => machine.resetState())
  afterAll(async () => {
    await target.stop()
    await machine.remove()
  })

  const overTarget = () => ['--target', 'test', '--confirm', reference, '--yes', '--json']
  const expectEqual = (stdout: string) => {
    const report = runReportSchema.parse(JSON.parse(stdout))
    expect(report.verification).toMatchObject({ ok: true, differences: [] })
  }

  test('is verified: the generation, and each archive', async () => {
    expect(archives.length).toBeGreaterThan(0)
    for (const archive of ['Local', ...archives]) {
      const { code, stderr } = await machine.run('restore.sh', '--verify', '--archive', archive)
      expect(code, stderr).toBe(0)
    }
  })

  test('is found altered where a byte of the generation is another', async () => {
    const file = join(machine.generation, 'database/roles.sql')
    const before = await readFile(file)
    await writeFile(file, Buffer.concat([before, Buffer.from(' ')]))
    const { code, stderr } = await machine.run('restore.sh', '--verify', '--archive', 'Local')
    expect({ code, damaged: stderr.includes('GENERATION_DAMAGED') }).toEqual({ code: 1, damaged: true })
    await writeFile(file, before)
  })

  test('is listed, with what was verified and what was saved before a restore', async () => {
    const { stdout } = await machine.run('restore.sh', '--list', '--json')
    const listed = JSON.parse(stdout)
    expect(listed).toContainEqual(expect.objectContaining({ kind: 'local', status: 'complete' }))
    expect(listed).toContainEqual(expect.objectContaining({ kind: 'before-restore' }))
    const own = Object.values<{ kind: string; name: string }>(listed).filter(({ kind }) => kind === 'archive')
    expect(own.map(({ name }) => name)).toEqual(archives)
    for (const name of Object.keys(Object(left['verified'])))
      expect(listed).toContainEqual(expect.objectContaining({ name, verified: true }))
  })

  test('is compared with what is backed up today, and told what a restore leaves out of it', async () => {
    const diff = await machine.run('restore.sh', '--diff', archives[0] ?? '', 'Local', '--json')
    expect(diff.code, diff.stderr).toBe(0)
    expect(JSON.parse(diff.stdout)).toMatchObject({ database: { definitions: [] }, storage: { buckets: [] } })
    const { code, stdout, stderr } = await machine.run(
      'restore.sh',
      '--left-out',
      '--archive',
      'Local',
      '--json',
    )
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout).leftOut.database.length).toBeGreaterThan(100)
  })

  test('is told by --status, and kept by the next run: proofs, egress, sizes and the counts to compare with', async () => {
    const { stdout } = await machine.run('backup.sh', '--status', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      project: 'shop',
      runs: { drill: { lastSuccess: Object(left['lastSuccess']).drill } },
    })
    // A run that changes none of it.
    const check = await machine.run('backup.sh', '--verify-repo')
    expect(check.code, check.stderr).toBe(0)
    const after = JSON.parse(await readFile(join(machine.state, 'status.json'), 'utf8'))
    for (const known of ['verified', 'egress', 'sizes', 'baseline', 'activity', 'firstRunAt'])
      expect(after[known], known).toEqual(left[known])
    expect(after.lastSuccess.backup).toMatchObject(Object(left['lastSuccess']).backup)
  })

  test('is drilled from its newest archive', async () => {
    const drilled = await machine.run('restore.sh', '--test', '-y', '--json')
    expect(drilled.code, drilled.stderr).toBe(0)
    expectEqual(drilled.stdout)
  })

  test('is restored over a target, from the generation and from what was saved before a restore', async () => {
    const restored = await machine.run(
      'restore.sh',
      ...overTarget(),
      ...['--archive', 'Local', '--only', 'database,storage', '--no-safety-backup'],
    )
    expect(restored.code, restored.stderr).toBe(0)
    expectEqual(restored.stdout)
    // This target is not the one that was restored over then, so what was saved there is restored by its name, as is said.
    const other = await machine.run('restore.sh', ...overTarget(), '--rollback', '--no-safety-backup')
    expect(other.code, other.stderr).toBe(2)
    expect(other.stderr).toContain('ROLLBACK_OTHER_TARGET')
    const { stdout } = await machine.run('restore.sh', '--list', '--json')
    const [saved = { name: '' }] = Object.values<{ kind: string; name: string }>(JSON.parse(stdout)).filter(
      ({ kind }) => kind === 'before-restore',
    )
    const back = await machine.run(
      'restore.sh',
      ...overTarget(),
      ...['--archive', saved.name, '--only', 'database,storage', '--no-safety-backup'],
    )
    expect(back.code, back.stderr).toBe(0)
    expectEqual(back.stdout)
  })

  test('is resumed where its restore broke off', async () => {
    // Something to send, which is refused.
    const { url, superuser } = target.postgres
    await query(
      url(superuser.user, superuser.password),
      `begin; set local storage.allow_delete_query = 'true'; delete from storage.objects; commit`,
    )
    target.storage.faults.add({ match: { route: 'upload' }, fault: breakdowns.expiredToken() })
    const failed = await machine.run(
      'restore.sh',
      ...overTarget(),
      ...['--archive', 'Local', '--only', 'database,storage', '--no-safety-backup'],
    )
    expect(failed.code).toBe(78)
    target.storage.faults.clear()
    // The database is restored, as it was then; how far it came is known by what the earlier version wrote down.
    await machine.resetState()
    const progress = await leftState(version, 'restore/progress.json')
    const moved = { ...progress, target: reference }
    await writeFile(join(machine.state, 'restore/progress.json'), JSON.stringify(moved))
    const resumed = await machine.run('restore.sh', ...overTarget(), '--resume')
    expect(resumed.code, resumed.stderr).toBe(0)
    expectEqual(resumed.stdout)
  })
})
