import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readManifest } from '../../src/common/manifest.ts'
import { startProgram } from '../../src/common/process.ts'
import { runCommand } from '../helpers/command.ts'
import { findWorker } from '../helpers/find-worker.ts'
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
  // What the backup holds, and nothing of what the run before had done for it.
  expect(storage.counts).toMatchObject({ objects: before.components[1]?.counts['objects'] })
  for (const name of ['objectsFetched', 'objectsReused', 'requests'])
    expect(storage.counts).not.toHaveProperty(name)
  expect(storage.findings[0].message).toContain(`${takenAt}`)
  // Whole sentences, one behind the other.
  expect(storage.findings[0].message).toMatch(
    /^The storage could not be backed up: \S.*[^.]\. What this backup has of it/,
  )
  const objects = (await readdir(join(local, 'storage/objects'), { recursive: true })).length
  expect(objects).toBeGreaterThan(0)
  expect(await readFile(join(local, 'RECOVERY.md'), 'utf8')).toContain('last good copy')
  const verified = await projects.run('restore.sh', '--archive', 'Local', '--verify')
  expect(verified.code, verified.stderr).toBe(0)

  const preview = await projects.run('restore.sh', '--archive', 'Local', '--target', 'test', '--preview')
  expect(preview.stdout, preview.stderr).toContain(
    `storage: as it was on ${takenAt}, as its own backup failed`,
  )

  const again = await backUp({})
  expect(again.code, again.stderr).toBe(0)
  expect(again.report.components.slice(0, 2)).toMatchObject([{ status: 'complete' }, { status: 'complete' }])
})

it('A component whose worker is killed leaves no remark of the shell’s own', async () => {
  const script = new URL('../../backup.sh', import.meta.url).pathname
  const { folder, source } = projects
  const env = { PATH: `${process.env['PATH']}`, HOME: folder, ...source.places }
  const run = startProgram({ program: script, args: ['--env-file', source.envFile], env, phase: 'test' })
  run.stdin.end()
  run.stdout.resume()
  let pid: number | undefined
  while (pid === undefined) {
    await sleep(20)
    pid = await findWorker('storage.ts backup', projects.folder)
  }
  process.kill(pid, 'SIGKILL')
  const { code, stderr } = await run.ended
  expect(code, stderr).toBe(3)
  expect(stderr).toMatch(/The worker storage\.ts was ended by SIGKILL.*WORKER_DIED/)
  expect(stderr).not.toMatch(/Killed|child_become/)
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

it('A backup without a component that failed is restored as far as it goes, and neither a drill nor a restore of all of it is a success', async () => {
  const elsewhere = {
    LOCAL_BACKUP_DIR: join(projects.folder, 'elsewhere/current'),
    SUPABASE_STORAGE_URL: nobody,
  }
  const { code, report } = await backUp(elsewhere)
  expect(code).toBe(3)
  const drill = async (...args: string[]) => {
    const from = ['--archive', report.archive, '--test', '-y', '--json', ...args]
    const { code, stdout, stderr } = await projects.run('restore.sh', ...from)
    return { code, stderr, ...JSON.parse(stdout) }
  }
  const whole = await drill()
  expect(whole, whole.stderr).toMatchObject({ code: 3, outcome: 'degraded', verification: { ok: true } })
  expect(whole.components.at(-1)).toMatchObject({
    ...{ component: 'storage', status: 'skipped' },
    findings: [{ severity: 'degraded', kind: 'backup-lacks' }],
  })
  const chosen = await drill('--only', 'database')
  expect(chosen, chosen.stderr).toMatchObject({ code: 0, outcome: 'success' })
  const restored = await projects.restore('--archive', report.archive)
  expect(restored.code, restored.stderr).toBe(3)
  expect(restored.stdout).toContain('backup-lacks')
})
