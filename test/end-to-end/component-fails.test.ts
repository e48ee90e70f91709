import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readManifest } from '../../src/common/manifest.ts'
import { runCommand } from '../helpers/command.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let projects: TwoProjects
let environment: NodeJS.ProcessEnv
let local: string

beforeAll(async () => {
  projects = await openTwoProjects()
  environment = projects.source.sandbox.environment()
  local = environment['LOCAL_BACKUP_DIR'] ?? ''
})
afterAll(() => projects?.stop())

const backUp = async (changed: Record<string, string>) => {
  const script = new URL('../../backup.sh', import.meta.url).pathname
  const { folder, source } = projects
  const env = { PATH: `${process.env['PATH']}`, HOME: folder, ...source.places, ...changed }
  const { code, stdout, stderr } = await runCommand(script, ['--env-file', source.envFile, '--json'], { env })
  return { code, stderr, report: JSON.parse(stdout) }
}
/** A port on which nobody listens. */
const nobody = 'http://127.0.0.1:9/storage/v1'

it('A component that fails leaves the others as they are, and its last good copy in the backup, said to be stale', async () => {
  const before = await readManifest(local)
  const { code, stderr, report } = await backUp({ SUPABASE_STORAGE_URL: nobody })
  expect(code, stderr).toBe(3)
  expect(report.archive).toMatch(/-degraded$/)
  expect(report.pruned).toEqual([])
  expect(report.steps.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['database', 'storage', 'seal']),
  )
  const [database, storage] = report.components
  expect(database).toMatchObject({ component: 'database', status: 'complete' })
  const takenAt = before.components[1]?.takenAt
  expect(storage).toMatchObject({ component: 'storage', status: 'stale', takenAt })
  expect(storage.findings).toMatchObject([{ severity: 'degraded', kind: 'component-stale' }])
  expect(storage.findings[0].message).toContain(`${takenAt}`)
  const objects = (await readdir(join(local, 'storage/objects'), { recursive: true })).length
  expect(objects).toBeGreaterThan(0)
  expect(await readFile(join(local, 'RECOVERY.md'), 'utf8')).toContain('last good copy')
  const verified = await projects.run('restore.sh', '--archive', 'Local', '--verify')
  expect(verified.code, verified.stderr).toBe(0)

  const again = await backUp({})
  expect(again.code, again.stderr).toBe(0)
  expect(again.report.components).toMatchObject([{ status: 'complete' }, { status: 'complete' }])
})

it('Where every component fails, the run fails with the error of the first, and the last generation stays', async () => {
  const before = await readManifest(local)
  const url = new URL(environment['SUPABASE_DB_URL'] ?? '')
  url.port = '9'
  const { code, report } = await backUp({ SUPABASE_DB_URL: url.href, SUPABASE_STORAGE_URL: nobody })
  expect(code).toBe(1)
  expect(report.error.phase).toMatch(/^database/)
  expect((await readManifest(local)).runId).toBe(before.runId)
})
