import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { previewDatabase } from '../../../src/database/restore/preview.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import type { Weakening } from '../../../src/database/restore/weakened.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** As older projects let anybody do. */
const strangers = `
  create function auth.tenant_id() returns uuid language sql stable as 'select null::uuid';
  alter function auth.tenant_id() owner to postgres;
  create table auth.custom_table (id int primary key); insert into auth.custom_table values (1), (2);
  create function storage.mine(int) returns int language sql as 'select 1'`

const application = `
  create table public.tenants (id serial primary key, tenant uuid); insert into public.tenants (tenant) values (null), (null);
  alter table public.tenants enable row level security;
  create policy mine on public.tenants using (tenant = auth.tenant_id());
  create view public.who as select auth.tenant_id() as tenant; create view public.more as select * from public.who;
  create policy plain on storage.objects for select using (true); comment on policy plain on storage.objects is 'as it is'`

describe.each([15, 17] as const)('objects of the user among the platform’s, on a server %i,', (major) => {
  let source: TestPlatform
  let target: TestPlatform
  let clients: PostgresClients
  let generation: string
  let weakened: Weakening[] = []

  const options = () => ({
    ...{ generation, clients, log: silentLog },
    target: parseConnection({ url: target.databaseUrl }, 'test'),
  })
  const differences = async () =>
    (await verifyDatabase({ ...options(), disarmed: true, weakened })).differences
      .map(({ kind, name }) => `${kind} ${name}`)
      .sort()
  const leftOut = [
    'VIEW public who',
    'ACL public TABLE "who"',
    'VIEW public more',
    'ACL public TABLE "more"',
    'POLICY public tenants mine',
  ].sort()

  beforeAll(async () => {
    ;[source, target, clients] = await Promise.all([
      startTestPlatform({ major }),
      startTestPlatform({ major }),
      testClients(major),
    ])
    await query(source.superuserUrl, strangers)
    await query(source.databaseUrl, application)
    generation = await backupInto(source.databaseUrl, clients)
  })

  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()])
    await rm(generation, { recursive: true, force: true })
  })

  const named = (findings: readonly { kind: string; names: string[] }[], kind: string) =>
    findings.find((found) => found.kind === kind)?.names ?? []

  test('are named by a preview, with what is made of them', async () => {
    const { findings } = await previewDatabase(options())
    expect(named(findings, 'objects-among-the-platforms')).toEqual([
      'function auth.tenant_id() (needed by policy mine on public.tenants, view public.who)',
      'table auth.custom_table',
      'function storage.mine(integer)',
    ])
    expect(named(findings, 'entry-left-out').map((name) => name.split(':')[0])).toEqual(
      expect.arrayContaining(leftOut),
    )
  })

  test('are left out of a new project with what is made of them, and the rest comes back', async () => {
    const result = await restoreDatabase(options())
    weakened = result.weakened
    expect(result.status).toBe('degraded')
    expect(named(result.findings, 'objects-among-the-platforms')).toHaveLength(3)
    expect(weakened.map(({ name }) => name).sort()).toEqual(leftOut)
    expect(await query(target.databaseUrl, 'select count(*)::int as n from public.tenants')).toEqual([
      { n: 2 },
    ])
    expect(await differences()).toEqual([])
  })

  test('leave the comments of policies on the platform’s tables alone', async () => {
    const comment = `select obj_description(oid, 'pg_policy') as text from pg_policy where polname = 'plain'`
    expect(await query(target.databaseUrl, comment)).toEqual([{ text: 'as it is' }])
    await query(target.superuserUrl, `comment on policy plain on storage.objects is 'other'`)
    expect(await differences()).toEqual(['comment COMMENT storage POLICY "plain" ON "objects"'])
  })

  test('let everything be restored where the target has them', async () => {
    await query(target.superuserUrl, strangers)
    await query(
      target.superuserUrl,
      'grant all on auth.custom_table to postgres; grant all on auth.custom_table to supabase_auth_admin',
    )
    const result = await restoreDatabase(options())
    weakened = result.weakened
    expect([result.status, weakened]).toEqual(['complete', []])
    expect(await differences()).toEqual([])
  })

  test('do not open a table whose restrictive policy is made of them', async () => {
    await query(
      source.databaseUrl,
      'create policy guard on public.tenants as restrictive using (auth.tenant_id() is not null)',
    )
    const another = await backupInto(source.databaseUrl, clients)
    await query(target.superuserUrl, 'drop function auth.tenant_id() cascade')
    await expect(restoreDatabase({ ...options(), generation: another })).rejects.toMatchObject({
      message: expect.stringContaining('POLICY public tenants guard'),
    })
    await rm(another, { recursive: true, force: true })
  })
})
