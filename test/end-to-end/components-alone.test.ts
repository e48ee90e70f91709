import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CommandResult } from '../helpers/command.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let projects: TwoProjects
let archives: { storage: string; database: string; both: string }
let extract: string
let carried: CommandResult
let local: string

/** Backs up one component in a generation that holds nothing else. */
async function backUpAlone(...args: string[]): Promise<string> {
  await rm(local, { recursive: true, force: true })
  const { code, stdout, stderr } = await projects.run('backup.sh', '--json', ...args)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout).archive
}

beforeAll(async () => {
  projects = await openTwoProjects()
  const { LOCAL_BACKUP_DIR = '', BORG_EXTRACT_DIR = '' } = projects.source.sandbox.environment()
  local = LOCAL_BACKUP_DIR
  extract = BORG_EXTRACT_DIR
  const list = JSON.parse((await projects.run('restore.sh', '--list', '--json')).stdout)
  const both = list.find(({ kind }: { kind: string }) => kind === 'archive').name
  carried = await projects.run('backup.sh', '--only', 'storage', '--json')
  const storage = await backUpAlone('--only', 'storage')
  const database = await backUpAlone('--only', 'database')
  archives = { storage, database, both }
})
afterAll(() => projects?.stop())

beforeEach(() => rm(extract, { recursive: true, force: true }))

describe.each([
  ['storage', 'database'],
  ['database', 'storage'],
] as const)('a backup of the component %s alone', (component, other) => {
  const archive = () => archives[component]
  const verb = (...args: string[]) => projects.run('restore.sh', '--archive', archive(), ...args)

  it('is verified, and says by hand only what is in it', async () => {
    expect(await verb('--verify')).toMatchObject({ code: 0 })
    const page = await readFile(join(extract, 'RECOVERY.md'), 'utf8')
    expect(page).not.toMatch(/\{\{|unknown time/)
    expect(page).toContain(component === 'storage' ? 'does not hold the database' : 'does not hold Storage')
    expect(page.includes('pg_restore $owner')).toBe(component === 'database')
  })

  it('is drilled on this machine as it is, without its component being named', async () => {
    const drill = await projects.run('restore.sh', '--test', '--yes', '--archive', archive(), '--json')
    expect(drill.code, drill.stderr).toBe(0)
    const { components } = JSON.parse(drill.stdout)
    expect(components.map((result: { component: string }) => result.component)).toEqual([component])
  })

  it('is previewed, restored over a project, and rolled back', async () => {
    const preview = await verb('--preview', '--target', 'test', '--json')
    expect(preview.code, preview.stderr).toBe(0)
    expect(JSON.parse(preview.stdout)).toMatchObject({ [other]: null })
    const restored = await projects.restore('--archive', archive())
    expect(restored.code, restored.stderr).toBe(0)
    const back = await projects.restore('--rollback')
    expect(back.code, back.stderr).toBe(0)
    expect(JSON.parse(back.stdout).components).toMatchObject([{ component }])
  })

  it('does not hold the other, and says which it has', async () => {
    const { code, stderr } = await verb('--verify', '--only', other)
    expect(code).toBe(1)
    expect(stderr).toContain(`--only ${component}`)
  })
})

it('a drill of one bucket, or of one component, says that it is no drill of the project, and one of everything does not', async () => {
  const drill = async (archive: string, ...flags: string[]) => {
    const run = await projects.run('restore.sh', '--test', '-y', '--archive', archive, '--json', ...flags)
    expect(run.code, run.stderr).toBe(0)
    const { narrowed, components } = JSON.parse(run.stdout)
    return [narrowed, components[0].findings.some(({ kind }: { kind: string }) => kind === 'narrowed')]
  }
  expect(await drill(archives.storage, '--bucket', 'avatars')).toEqual([true, true])
  expect(await drill(archives.both)).toEqual([false, false])
  expect(await drill(archives.both, '--only', 'storage')).toEqual([true, true])
  expect(await drill(archives.storage)).toEqual([true, true])
  const status = await projects.run('backup.sh', '--status', '--json')
  const { drill: last } = JSON.parse(status.stdout).runs
  expect(last.lastRun).toMatchObject({ archive: archives.both, outcome: 'success' })
  expect(last.lastOfPart).toMatchObject({ archive: archives.storage, components: ['storage'] })
})

it('a drill of a part that fails before it has read the backup is no failed drill of the project', async () => {
  const report = async (...flags: string[]) => {
    const run = await projects.run('restore.sh', '--test', '-y', '--archive', 'nosuch', '--json', ...flags)
    expect(run.code, run.stderr).not.toBe(0)
    const { kind, outcome, narrowed } = JSON.parse(run.stdout)
    return { kind, outcome, narrowed }
  }
  const ofPart = { kind: 'drill', outcome: 'failed', narrowed: true }
  expect(await report('--only', 'storage')).toEqual(ofPart)
  expect(await report('--bucket', 'avatars')).toEqual(ofPart)
  const { problems } = JSON.parse((await projects.run('backup.sh', '--status', '--json')).stdout)
  expect(problems).not.toContainEqual(expect.objectContaining({ what: 'failed', kind: 'drill' }))
  // Where all of it was meant it is one.
  expect(await report()).toEqual({ ...ofPart, narrowed: false })
  expect(await report('--only', 'storage,database')).toEqual({ ...ofPart, narrowed: false })
})

it('a component that is backed up alone leaves the other as it was in the generation', () => {
  expect(carried.code, carried.stderr).toBe(0)
  const { components } = JSON.parse(carried.stdout)
  expect(components.slice(0, 2)).toMatchObject([
    { component: 'database', status: 'carried' },
    { component: 'storage', status: 'complete' },
  ])
  // The users are rows of the database: they are not told as left out.
  expect(components).not.toContainEqual(expect.objectContaining({ component: 'auth' }))
})

describe('of an archive of everything', () => {
  const verb = (...args: string[]) => projects.run('restore.sh', '--archive', archives.both, ...args)

  it.each([
    ['storage', 'database', ['cluster.jsonl']],
    ['database', 'storage', undefined],
  ] as const)('only %s is extracted where only that is asked for', async (only, other, left) => {
    expect(await verb('--verify', '--only', only)).toMatchObject({ code: 0 })
    expect(await readdir(join(extract, other)).catch(() => undefined)).toEqual(left)
    const { code, stderr } = await projects.run(
      'restore.sh',
      '--verify',
      '--archive',
      'Extract',
      '--only',
      other,
    )
    expect(code).toBe(1)
    expect(stderr).toContain(`--archive ${archives.both}`)
    expect(await projects.run('restore.sh', '--verify', '--archive', 'Extract')).toMatchObject({ code: 0 })
  })

  it('damage to one component does not keep the other from being restored', async () => {
    expect(await verb('--verify')).toMatchObject({ code: 0 })
    await writeFile(join(extract, 'database/roles.sql'), 'damaged')
    expect(await projects.run('restore.sh', '--verify', '--archive', 'Extract')).toMatchObject({ code: 1 })
    expect(
      await projects.run('restore.sh', '--verify', '--archive', 'Extract', '--only', 'storage'),
    ).toMatchObject({ code: 0 })
  })

  it('only the objects that are chosen are extracted, and the rest is not taken for missing', async () => {
    const directory = join(projects.folder, 'taken-out')
    const { code, stdout } = await verb('--to-dir', directory, '--bucket', 'avatars', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout).components[0].counts.objects).toBeGreaterThan(0)
    expect(await readdir(join(extract, 'storage/objects'))).toEqual(['avatars'])
    expect(await readdir(directory)).toEqual(['avatars'])
    const again = await projects.run('restore.sh', '--verify', '--archive', 'Extract')
    expect(again.code).toBe(1)
    expect(again.stderr).toContain(`--archive ${archives.both}`)
    const restored = await projects.restore(
      '--archive',
      archives.both,
      '--only',
      'storage',
      '--bucket',
      'avatars',
    )
    expect(restored.code, restored.stderr).toBe(0)
  })
})

it('Storage is restored into a project whose database is not known', async () => {
  const settings = await readFile(projects.source.envFile, 'utf8')
  await writeFile(projects.source.envFile, settings.replace(/^TEST_SUPABASE_DB_URL=.*\n/m, ''))
  try {
    const { URL: _, ...there } = projects.target.environment()
    const reference = new URL(`${there['SUPABASE_URL']}`).host
    const flags = [
      '--archive',
      archives.both,
      '--only',
      'storage',
      '--target',
      'test',
      '--confirm',
      reference,
    ]
    const restored = await projects.run('restore.sh', ...flags, '--yes', '--json')
    expect(restored.code, restored.stderr).toBe(0)
    const database = await projects.run('restore.sh', ...flags.with(3, 'database'), '--yes')
    expect(database.code).toBe(78)
    expect(database.stderr).toContain('not the way to its database')
  } finally {
    await writeFile(projects.source.envFile, settings)
  }
})
