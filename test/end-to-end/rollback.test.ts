import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runReportSchema } from '../../src/report/schema.ts'
import { query } from '../helpers/database.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let projects: TwoProjects

/** What a rollback has to bring back beside tables and rows. */
async function fingerprint(): Promise<unknown[]> {
  const ask = (sql: string) => query(projects.target.databaseUrl, sql)
  return Promise.all([
    ask('select rolname, rolcanlogin, rolinherit, rolbypassrls from pg_roles order by 1'),
    ask('select setrole::regrole::text, setconfig from pg_db_role_setting order by 1, 2'),
    ask(
      'select roleid::regrole::text, member::regrole::text, admin_option from pg_auth_members order by 1, 2, 3',
    ),
    ask('select extname, extnamespace::regnamespace::text from pg_extension order by 1'),
    ask('select id, public from storage.buckets order by 1'),
    ask(
      'select nspname, nspacl::text from pg_namespace where nspname in ($$auth$$, $$storage$$, $$public$$) order by 1',
    ),
  ])
}

const foreseenSchema = z.object({
  database: z.object({
    objects: z.array(z.object({ name: z.string(), change: z.string() })),
    extensions: z.object({ create: z.array(z.string()) }),
  }),
  storage: z.object({ bucketsToCreate: z.array(z.string()), bucketsToRemove: z.array(z.string()) }),
})

/** What a rollback would change at the target, as its preview says. */
async function foreseen(): Promise<Record<string, string>> {
  const of = ['--preview', '--rollback', '--target', 'test', '--only', 'database,storage', '--json']
  const { code, stdout, stderr } = await projects.run('restore.sh', ...of)
  expect(code, stderr).toBe(0)
  const { database, storage } = foreseenSchema.parse(JSON.parse(stdout))
  return Object.fromEntries([
    ...database.objects.map(({ name, change }) => [name, change]),
    ...database.extensions.create.map((name) => [`extension ${name}`, 'create']),
    ...storage.bucketsToCreate.map((id) => [`bucket ${id}`, 'create']),
    ...storage.bucketsToRemove.map((id) => [`bucket ${id}`, 'drop']),
  ])
}

beforeAll(async () => {
  projects = await openTwoProjects()
})
afterAll(() => projects.stop())

test('A rollback takes back the roles, memberships, settings, extensions and buckets that a restore brought', async () => {
  const { source, target, run, restore } = projects
  await query(
    target.databaseUrl,
    `create role was_here login; alter role was_here set work_mem = '7MB';
     create role team_here; grant team_here to was_here`,
  )
  const before = await fingerprint()
  await query(
    source.sandbox.databaseUrl,
    `create role came_login login password 'not told'; create role came_group nologin;
     grant came_group to came_login; alter role came_login set statement_timeout = '9s';
     grant usage on schema public to came_group;
     create extension seg with schema extensions; create table public.of_seg (span extensions.seg);
     insert into storage.buckets (id, name) values ('came-with-it', 'came-with-it')`,
  )
  expect((await run('backup.sh', '--quiet')).code).toBe(0)
  const restored = await restore('--archive', 'latest', '--only', 'database,storage')
  expect(restored.code, restored.stderr).toBe(0)
  const report = runReportSchema.parse(JSON.parse(restored.stdout))
  const named = report.components.flatMap(({ findings }) =>
    findings.filter(({ kind }) => kind === 'only-at-target'),
  )
  expect(named.flatMap(({ names }) => names)).toEqual(
    expect.arrayContaining([
      ...['role was_here', 'role team_here', 'membership team_here to was_here'],
      'setting work_mem of was_here',
    ]),
  )
  const changed = await fingerprint()
  expect(changed).not.toEqual(before)

  const goes = await foreseen()
  expect(goes).toMatchObject({
    ...{
      'role came_login': 'drop',
      'role came_group': 'drop',
      'membership came_group to came_login': 'drop',
    },
    ...{ 'extension seg': 'drop', 'TABLE public of_seg': 'drop', 'bucket came-with-it': 'drop' },
  })
  expect(await fingerprint()).toEqual(changed)

  const back = await restore('--rollback', '--only', 'database,storage')
  expect(back.code, back.stdout + back.stderr).toBe(0)
  // It can itself be rolled back, which would bring what it took.
  const comes = await foreseen()
  const changes = (seen: Record<string, string>, kind: string) =>
    Object.keys(seen)
      .filter((name) => seen[name] === kind)
      .sort()
  expect(changes(comes, 'create')).toEqual(changes(goes, 'drop'))
  expect(await fingerprint()).toEqual(before)
})

/** Ends a rollback in its transaction, once it has emptied the target. */
async function breakOff(): Promise<void> {
  const run = projects.startRestore('--rollback', '--only', 'database,storage')
  run.stdin.end()
  run.stdout.resume()
  run.stderr.on('data', (text) => {
    if (String(text).includes('emptied the target')) run.stop()
  })
  expect((await run.ended).code).toBe(143)
}

test('A rollback brings back what was there before the restore, however many that broke off came between', async () => {
  await query(projects.source.sandbox.databaseUrl, 'create role came_later')
  expect((await projects.run('backup.sh', '--quiet')).code).toBe(0)
  const before = await fingerprint()
  expect((await projects.restore('--archive', 'latest', '--only', 'database,storage')).code).toBe(0)
  const changed = await fingerprint()
  expect(changed).not.toEqual(before)
  // More of them than safety backups are kept.
  for (let time = 0; time < 4; time += 1) await breakOff()
  expect(await fingerprint()).toEqual(changed)

  const back = await projects.restore('--rollback', '--only', 'database,storage')
  expect(back.code, back.stdout + back.stderr).toBe(0)
  expect(await fingerprint()).toEqual(before)
  await query(projects.source.sandbox.databaseUrl, 'drop role came_later')
})

test('A rollback into another project than the one that was restored over is refused, and changes nothing', async () => {
  const { source, run } = projects
  const reference = `${new URL(source.sandbox.databaseUrl).host}/postgres`
  const roles = () => query(source.sandbox.databaseUrl, 'select rolname from pg_roles order by 1')
  const before = await roles()
  const refused = await run(
    'restore.sh',
    ...['--rollback', '--target', 'sandbox', '--over-source', '--confirm', reference, '--yes', '--json'],
  )
  expect(refused.code, refused.stderr).toBe(2)
  expect(refused.stderr).toContain('ROLLBACK_OTHER_TARGET')
  expect(await roles()).toEqual(before)
})

test('A role that owns something elsewhere is left by a rollback, and named', async () => {
  const { target, restore } = projects
  const once = await restore('--archive', 'latest', '--only', 'database')
  expect(once.code, once.stderr).toBe(0)
  await query(target.databaseUrl, 'create role owner_elsewhere; grant owner_elsewhere to postgres')
  await query(target.databaseUrl, 'create database of_another owner owner_elsewhere')
  const back = await restore('--rollback', '--only', 'database')
  expect(back.code, back.stderr).toBe(3)
  expect(back.stdout).toContain(
    'role owner_elsewhere: it was not there before the restore and could not be dropped',
  )
  const roles = await query(
    target.databaseUrl,
    `select rolname from pg_roles where rolname ~ '^(owner|came)_' order by 1`,
  )
  expect(roles).toEqual([{ rolname: 'owner_elsewhere' }])
})

test('The database alone is foreseen with the buckets that stay, and restored with them and the objects without bytes named', async () => {
  const { target, run, restore } = projects
  await query(
    target.databaseUrl,
    `set session_replication_role = replica; delete from storage.objects;
     insert into storage.buckets (id, name) values ('only-here', 'only-here'), ('only-here-empty', 'only-here-empty');
     insert into storage.objects (bucket_id, name, version, metadata) values ('only-here', 'a', 'v1', '{"size": 1}')`,
  )
  const alone = ['--archive', 'latest', '--only', 'database']
  const preview = await run('restore.sh', '--preview', '--target', 'test', ...alone, '--json')
  const { database } = z
    .object({
      database: z.object({
        findings: z.array(z.object({ kind: z.string(), names: z.array(z.string()) })),
        tables: z.array(z.object({ schema: z.string(), name: z.string(), after: z.number().nullable() })),
      }),
    })
    .parse(JSON.parse(preview.stdout))
  const foreseen = database.findings.find(({ kind }) => kind === 'buckets-kept')
  const restored = await restore(...alone, '--no-safety-backup')
  expect(restored.code, restored.stderr).toBe(0)
  const buckets = await query(target.databaseUrl, 'select id from storage.buckets order by 1')
  expect(buckets).toContainEqual({ id: 'only-here' })
  expect(buckets).not.toContainEqual({ id: 'only-here-empty' })
  const { components } = runReportSchema.parse(JSON.parse(restored.stdout))
  const findings = components.flatMap((component) => component.findings)
  const kept = findings.filter(({ kind }) => kind === 'buckets-kept')
  expect(kept.flatMap(({ names }) => names)).toEqual(['only-here'])
  expect(foreseen?.names).toEqual(['only-here'])
  const counted = database.tables.find(({ schema, name }) => schema === 'storage' && name === 'buckets')
  expect(counted?.after).toBe(buckets.length)
  const bare = await query(
    target.databaseUrl,
    `select from storage.objects where version like 'unrestored.%'`,
  )
  expect(bare.length).toBeGreaterThan(0)
  expect(findings.find(({ kind }) => kind === 'objects-without-bytes')).toMatchObject({
    severity: 'manual',
    count: bare.length,
  })
})
