import { readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runReportSchema } from '../../src/report/schema.ts'
import { startCuttableNetwork } from '../helpers/cuttable-network.ts'
import { query } from '../helpers/database.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

const objectSchema = z.object({ bucket: z.string(), name: z.string(), bytes: z.number() })

let projects: TwoProjects
const restore: TwoProjects['restore'] = (...args) => projects.restore(...args)

async function tableExists(name: string): Promise<boolean> {
  const sql = `select 1 from pg_tables where tablename = '${name}'`
  return (await query(projects.target.databaseUrl, sql)).length === 1
}

const tasks = 'select count(*)::int as tasks, sum(id)::int as ids from public.tasks'

beforeAll(async () => {
  projects = await openTwoProjects()
})
afterAll(() => projects.stop())

describe('restore.sh over a target', () => {
  test('restores database and objects, proves them equal, and can be rolled back', async () => {
    const before = await query(projects.target.databaseUrl, tasks)
    await query(
      projects.source.sandbox.databaseUrl,
      "update public.tasks set title = title || '!' where id % 2 = 0",
    )
    await query(projects.target.databaseUrl, 'delete from public.task_labels; delete from public.comments')

    const restored = await restore('--archive', 'latest', '--only', 'database,storage')
    expect(restored.code, restored.stderr).toBe(0)
    const report = runReportSchema.parse(JSON.parse(restored.stdout))
    expect(report.verification).toMatchObject({ ok: true, differences: [] })
    expect(report.target).toBe(projects.reference)
    expect(await query(projects.target.databaseUrl, tasks)).toEqual(before)
    expect(await query(projects.target.databaseUrl, 'select 1 from public.comments limit 1')).toHaveLength(1)

    const back = await restore('--rollback', '--only', 'database,storage')
    expect(back.code, back.stderr).toBe(0)
    expect(await query(projects.target.databaseUrl, 'select 1 from public.comments limit 1')).toEqual([])
  })

  test('previews, without confirmation or change, what a restore would do', async () => {
    const { databaseUrl } = projects.target
    await query(
      databaseUrl,
      'create table public.only_here (id int); insert into public.only_here values (1)',
    )
    const preview = await projects.run('restore.sh', '--preview', '--target', 'test', '--archive', 'latest')
    expect(preview.code, preview.stderr).toBe(0)
    expect(preview.stdout).toContain(`To     ${projects.reference}`)
    expect(preview.stdout).toMatch(/^ {6}only_here: 1 → —$/m)
    expect(preview.stdout).toMatch(/^ {4}- TABLE public only_here$/m)
    expect(preview.stdout).toMatch(/^Storage: made equal; \d+ objects are so already$/m)
    expect(await tableExists('only_here')).toBe(true)

    const json = await projects.run(
      'restore.sh',
      ...['--preview', '--target', 'test', '--archive', 'latest', '--only', 'storage', '--json'],
    )
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'previewed',
      database: null,
      storage: { objectsToSend: 0 },
    })
    await query(databaseUrl, 'drop table public.only_here')
  })

  test('changes nothing when the reference is another one, and says which it has to be', async () => {
    await query(projects.target.databaseUrl, 'create table public.not_in_the_backup ()')
    const refused = await restore('--archive', 'latest', '--only', 'database', '--confirm', 'production')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`--confirm ${projects.reference}`)
    expect(await tableExists('not_in_the_backup')).toBe(true)
  })

  test('refuses the origin as a target', async () => {
    const text = await readFile(projects.source.envFile, 'utf8')
    const own = text
      .replaceAll(/^TEST_.*\n/gm, '')
      .replace(/^SUPABASE_(DB_URL|URL|SERVICE_ROLE_KEY)=(.*)$/gm, '$&\nTEST_SUPABASE_$1=$2')
    await writeFile(projects.source.envFile, own)
    try {
      const refused = await restore('--archive', 'latest', '--only', 'database')
      expect(refused.code).not.toBe(0)
      const drill = await projects.run('restore.sh', '--test', '--yes')
      expect(drill.code).toBe(78)
      expect(drill.stderr).toContain('TARGET_IS_SOURCE')
    } finally {
      await writeFile(projects.source.envFile, text)
    }
  })

  test('leaves the target as it was when the backup is damaged', async () => {
    const dumped = join(projects.folder, 'local/database/roles.sql')
    const sound = await readFile(dumped)
    await writeFile(dumped, `${sound}\n-- altered\n`)
    try {
      const refused = await restore('--archive', 'Local', '--only', 'database,storage', '--no-safety-backup')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('database/roles.sql: size differs')
      expect(await tableExists('not_in_the_backup')).toBe(true)
    } finally {
      await writeFile(dumped, sound)
    }
  })
})

describe('restore.sh --to-dir', () => {
  test('writes the chosen objects as plain files, and overwrites none', async () => {
    const { databaseUrl } = projects.source.sandbox
    const [object] = await query(
      databaseUrl,
      `select bucket_id as bucket, name, (metadata->>'size')::int as bytes from storage.objects
       where name ~ '^[a-z0-9/.-]+$' order by 1, 2 limit 1`,
    )
    const { bucket, name, bytes } = objectSchema.parse(object)
    const directory = join(projects.folder, 'files')
    const toDirectory = (...args: string[]) =>
      projects.run('restore.sh', '--archive', 'Local', '--to-dir', directory, ...args)
    const one = await toDirectory('--object', `${bucket}/${name}`)
    expect(one.code, one.stderr).toBe(0)
    expect(one.stdout).toMatch(/^1 object, /)
    const written = await readFile(join(directory, bucket, name))
    expect(written.length).toBe(bytes)

    await writeFile(join(directory, bucket, name), 'mine')
    const again = await toDirectory('--bucket', bucket)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('TARGET_FILE_EXISTS')
    expect(await readFile(join(directory, bucket, name), 'utf8')).toBe('mine')

    const local = projects.source.sandbox.environment()['LOCAL_BACKUP_DIR'] ?? ''
    const folder = join(local, 'storage/objects', bucket)
    await rename(folder, join(projects.folder, 'elsewhere'))
    await symlink(join(projects.folder, 'elsewhere'), folder)
    const out = join(projects.folder, 'out')
    for (const verb of ['--to-dir', '--export']) {
      const hostile = await projects.run('restore.sh', '--archive', 'Local', verb, out, '--only', 'storage')
      expect(hostile.code).toBe(1)
      expect(hostile.stderr).toMatch(/STORAGE_ARCHIVE_DAMAGED|GENERATION_DAMAGED/)
      expect(await readdir(out)).toEqual([])
    }
    await rm(folder)
    await rename(join(projects.folder, 'elsewhere'), folder)

    const none = await toDirectory('--object', `${bucket}/no such object`)
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('NOTHING_SELECTED')
  })
})

test('The origin under another address is neither drilled nor restored over by mistake', async () => {
  const { source, target } = projects
  const settings = await readFile(source.envFile, 'utf8')
  const network = await startCuttableNetwork(source.sandbox.databaseUrl)
  try {
    await writeFile(source.envFile, settings.replace(target.databaseUrl, network.url))
    const before = await query(source.sandbox.databaseUrl, tasks)
    const reference = `${new URL(network.url).host}/postgres`
    const refused = [
      await projects.run('restore.sh', '--test', '-y'),
      await projects.run('restore.sh', '--preview', '--target', 'test', '--archive', 'latest'),
      await projects.run(
        ...(['restore.sh', '--target', 'test', '--confirm', reference, '-y', '--archive', 'latest'] as const),
        ...['--only', 'database', '--no-safety-backup'],
      ),
    ]
    for (const { code, stderr } of refused) {
      expect(code).toBe(78)
      expect(stderr).toContain('TARGET_IS_SOURCE')
      expect(stderr).toContain('under another address')
    }
    expect(await query(source.sandbox.databaseUrl, tasks)).toEqual(before)
    const meant = ['--preview', '--target', 'test', '--archive', 'latest', '--over-source']
    expect((await projects.run('restore.sh', ...meant)).code).toBe(0)
  } finally {
    await writeFile(source.envFile, settings)
    await network.stop()
  }
})
