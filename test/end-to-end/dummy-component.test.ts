import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readManifest } from '../../src/common/manifest.ts'
import { runReportSchema } from '../../src/report/schema.ts'
import { provideBuild } from '../helpers/build.ts'
import { checkout, copyCheckout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { startTmux } from '../helpers/tmux.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

/**
 * A component that the toolkit does not have: its folder, its entrypoint and one line in the list are all that is added to
 * a copy of the checkout.
 */
let projects: TwoProjects
let root: string

beforeAll(async () => {
  projects = await openTwoProjects()
  root = join(projects.folder, 'toolkit')
  await copyCheckout(root, [
    'src',
    'templates',
    'backup.sh',
    'restore.sh',
    'package.json',
    'package-lock.json',
  ])
  await addComponent(root)
  await provideBuild(root)
})
afterAll(() => projects?.stop())

async function addComponent(folder: string): Promise<void> {
  const fixture = await readFile(join(checkout, 'test/fixtures/notes-component/component.ts'), 'utf8')
  await mkdir(join(folder, 'src/notes'))
  await writeFile(join(folder, 'src/notes/component.ts'), fixture.replaceAll('../../../src/', '../'))
  const entrypoint = await readFile(join(folder, 'src/storage.ts'), 'utf8')
  await writeFile(join(folder, 'src/notes.ts'), entrypoint.replaceAll('storage', 'notes'))
  const list = join(folder, 'src/components/list.ts')
  const text = await readFile(list, 'utf8')
  const added = text.replace(/\bdatabase,/, 'database, notes,')
  expect(added).not.toBe(text)
  await writeFile(list, `import { notes } from '../notes/component.ts'\n${added}`)
}

const environment = () => ({
  PATH: `${process.env['PATH']}`,
  HOME: projects.folder,
  ...projects.source.places,
})

async function run(script: 'backup.sh' | 'restore.sh', ...args: string[]) {
  const given = ['--env-file', projects.source.envFile, ...args]
  const { code, stdout, stderr } = await runCommand(join(root, script), given, { env: environment() })
  return { code, stderr, stdout, document: () => JSON.parse(stdout) }
}

const backUp = (...args: string[]) => run('backup.sh', '--json', ...args)
const restore = (...args: string[]) =>
  run('restore.sh', '--target', 'test', '--confirm', projects.reference, '--yes', '--json', ...args)

/** The notes that a project's service keeps; null where it is down. */
async function keep(project: 'origin' | 'target', notes: Record<string, string> | null): Promise<void> {
  await writeFile(serviceOf(project), JSON.stringify(notes))
}
const kept = async (project: 'origin' | 'target') => JSON.parse(await readFile(serviceOf(project), 'utf8'))

function serviceOf(project: 'origin' | 'target'): string {
  const origin = `${new URL(projects.source.sandbox.databaseUrl).host}/postgres`
  const reference = project === 'origin' ? origin : projects.reference
  return join(projects.source.envFile, '..', `notes-of-${encodeURIComponent(reference)}.json`)
}

const written = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`note-${at}`, `text ${at}`]))
const resultOf = (document: unknown) =>
  runReportSchema.parse(document).components.find(({ component }) => component === 'notes')

describe('A component of which nothing else knows, in a backup,', () => {
  test('is backed up in a step of its own, estimated, checked, covered and in RECOVERY.md', async () => {
    await keep('origin', written)
    expect((await run('backup.sh', '--estimate', '--json')).document()).toMatchObject({
      notes: { toFetch: 20 },
    })
    expect((await run('backup.sh', '--check')).stdout).toContain('the notes are legible')
    const { code, stderr, document } = await backUp()
    expect(code, stderr).toBe(0)
    expect(resultOf(document())).toMatchObject({ status: 'complete', counts: { notes: 20 } })
    expect(document().steps).toContainEqual(expect.objectContaining({ name: 'notes' }))
    const local = join(projects.folder, 'local')
    expect(await readFile(join(local, 'RECOVERY.md'), 'utf8')).toContain('slips of paper')
    const page = `import { renderCoveragePage } from ${JSON.stringify(join(root, 'src/coverage/page.ts'))}; process.stdout.write(await renderCoveragePage())`
    const covered = await runCommand(process.execPath, ['--input-type=module', '--eval', page])
    expect(covered.stdout, covered.stderr).toContain('Word for word.')
  })

  test('is guarded against a loss, and fails alone: the last good copy stays, with its time', async () => {
    const before = await readManifest(join(projects.folder, 'local'))
    await keep('origin', null)
    const failed = await backUp()
    expect(failed.code, failed.stderr).toBe(3)
    const { components } = runReportSchema.parse(failed.document())
    expect(components.filter(({ component }) => component !== 'notes').map(({ status }) => status)).toEqual(
      before.components.filter(({ component }) => component !== 'notes').map(({ status }) => status),
    )
    const takenAt = before.components.find(({ component }) => component === 'notes')?.takenAt
    expect(resultOf(failed.document())).toMatchObject({ status: 'stale', takenAt })

    await keep('origin', { 'note-0': 'text 0' })
    const shrunk = await backUp('--only', 'notes')
    expect(shrunk.code, shrunk.stderr).toBe(3)
    expect(resultOf(shrunk.document())?.findings).toMatchObject([{ kind: 'shrunk' }])
    await keep('origin', written)
    expect((await backUp('--only', 'notes')).code).toBe(0)
  })
})

describe('A component of which nothing else knows, in a restore,', () => {
  const mine = { 'note-0': 'another text', 'note-x': 'of the target' }

  test('is offered by the picker', async () => {
    const terminal = await startTmux({
      command: `${join(root, 'restore.sh')} --env-file ${projects.source.envFile} --archive Local`,
      env: environment(),
      columns: 120,
      rows: 40,
    })
    try {
      expect(await terminal.waitFor('Which components?')).toMatch(/◉ notes +notes on slips of paper/)
    } finally {
      await terminal.stop()
    }
  })

  test('is previewed, restored, verified and rolled back', async () => {
    await keep('target', mine)
    const only = ['--archive', 'Local', '--only', 'notes']
    const previewed = await run('restore.sh', ...only, '--target', 'test', '--preview', '--json')
    expect(previewed.code, previewed.stderr).toBe(0)
    const { database, notes } = previewed.document()
    expect([database, notes.changes.length]).toEqual([null, 21])
    expect(await kept('target')).toEqual(mine)

    const restored = await restore(...only)
    expect(restored.code, restored.stderr).toBe(0)
    expect(runReportSchema.parse(restored.document()).verification).toMatchObject({
      ...{ ok: true, counts: { notes: 20 }, differences: [] },
    })
    expect(await kept('target')).toEqual(written)

    const back = await restore('--rollback', '--only', 'notes')
    expect(back.code, back.stderr).toBe(0)
    expect(await kept('target')).toEqual(mine)
  })

  test('that breaks off in it is finished by --resume, and what is restored is not touched again', async () => {
    await keep('target', null)
    const failed = await restore('--archive', 'Local', '--only', 'storage,notes', '--no-safety-backup')
    expect(failed.code).toBe(1)
    const { error } = runReportSchema.parse(failed.document())
    expect(error?.message).toContain('Storage is restored and committed; the notes and the comparison')
    await keep('target', mine)
    const resumed = await restore('--resume')
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(await kept('target')).toEqual(written)
  })

  test('is drilled in a project that it adds its part to', async () => {
    const text = await readFile(projects.source.envFile, 'utf8')
    const without = `${projects.source.envFile}.drill`
    await writeFile(without, text.replaceAll(/^TEST_SUPABASE_.*\n/gm, ''), { mode: 0o600 })
    const args = ['--env-file', without, '--test', '--yes', '--json', '--archive', 'Local', '--only', 'notes']
    const { code, stdout, stderr } = await runCommand(join(root, 'restore.sh'), args, { env: environment() })
    expect(code, stderr).toBe(0)
    expect(runReportSchema.parse(JSON.parse(stdout)).verification).toMatchObject({ ok: true })
  })
})
