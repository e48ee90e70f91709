import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { runReportSchema } from '../../src/report/schema.ts'
import { type CuttableNetwork, startCuttableNetwork } from '../helpers/cuttable-network.ts'
import { query } from '../helpers/database.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let network: CuttableNetwork
let projects: TwoProjects

const everything = ['--archive', 'Local', '--only', 'database,storage', '--no-safety-backup'] as const
const reportOf = (stdout: string) => runReportSchema.parse(JSON.parse(stdout))

beforeAll(async () => {
  projects = await openTwoProjects({
    async front(url) {
      network = await startCuttableNetwork(url)
      return network.url
    },
  })
})
afterEach(() => network.mend())
afterAll(async () => {
  await network.stop()
  await projects.stop()
})

const disturb = () => query(projects.target.databaseUrl, `update public.tasks set title = 'disturbed'`)
const isDisturbed = async () =>
  (await query(projects.target.databaseUrl, `select from public.tasks where title = 'disturbed'`)).length > 0

test('A restore whose COMMIT never arrived says that the target is unchanged, and leaves nothing to resume', async () => {
  await disturb()
  network.cutAt('COMMIT;', 'reset', 'before')
  const failed = await projects.restore(...everything)
  expect(failed.code).toBe(1)
  const { error } = reportOf(failed.stdout)
  expect(error).toMatchObject({ code: 'DB_SESSION_LOST' })
  expect(error?.message).toContain('The target is unchanged.')
  expect(await isDisturbed()).toBe(true)
  const refused = await projects.restore('--resume')
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('NOTHING_TO_RESUME')
})

test('A restore whose COMMIT nobody can be asked about says so, and is finished by --resume', async () => {
  await disturb()
  network.cutAt('COMMIT;', 'reset', 'after', { all: true })
  const failed = await projects.restore(...everything)
  expect(failed.code).toBe(1)
  const { error } = reportOf(failed.stdout)
  expect(error).toMatchObject({ code: 'RESTORE_OUTCOME_UNKNOWN' })
  expect(error?.message).toContain('does not say whether it was')
  expect(error?.suggestion).toMatch(/restore\.sh --env-file \S+ --resume/)
  expect(await isDisturbed()).toBe(false)
  network.mend()
  const resumed = await projects.restore('--resume')
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(reportOf(resumed.stdout).verification).toMatchObject({ ok: true, differences: [] })
  expect(existsSync(join(projects.state, 'restore/progress.json'))).toBe(false)
})

test('A restore that only misses the answer to its COMMIT goes on to its end', async () => {
  await disturb()
  network.cutAt('COMMIT;', 'reset', 'after')
  const restored = await projects.restore(...everything)
  expect(restored.code, restored.stderr).toBe(0)
  expect(network.isCut).toBe(true)
  expect(reportOf(restored.stdout).verification).toMatchObject({ ok: true, differences: [] })
})
