import { appendFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import type { Weakening } from '../../../src/database/restore/weakened.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'
import { unless } from '../../helpers/skipped.ts'

const wrapper = `create extension postgres_fdw with schema extensions; grant usage on foreign data wrapper postgres_fdw to postgres`

const asPostgres = `
  create role reporting login password 'of reporting'; create role tenant_admin;
  grant reporting to anon; grant tenant_admin to service_role; alter role reporting set work_mem = '5MB';
  grant temporary on database postgres to reporting; grant connect on database postgres to reporting with grant option;
  revoke temporary on database postgres from public;
  grant select on auth.users to anon;
  grant usage on schema extensions to reporting; comment on schema extensions is 'shared';
  grant create on schema extensions to anon; grant select on storage.buckets to public;
  create server crm foreign data wrapper postgres_fdw options (host 'crm.example');
  create user mapping for authenticated server crm options (user 'reader', password E'open ''sesame\\\\');
  create user mapping for public server crm options (user 'anybody');
  create user mapping for anon server crm`

/** Whom postgres may not alter, as a role that somebody else made; and what it may not grant. */
const asSuperuser = `
  comment on extension postgres_fdw is 'to the crm';
  create role another login; grant another to reporting; alter role another connection limit 5;
  grant pg_checkpoint to reporting; alter role anon reset statement_timeout;
  drop publication supabase_realtime; create publication supabase_realtime for all tables with (publish = 'insert, truncate');
  comment on publication supabase_realtime is 'of all';
  revoke execute on function extensions.gen_salt(text) from public`

describe.each([15, 17] as const)('what no dump holds, on a server %i,', (major) => {
  let source: TestPlatform
  let target: TestPlatform
  let clients: PostgresClients
  let generation: string
  let weakened: Weakening[] = []

  const options = () => ({
    ...{ generation, clients, log: silentLog },
    target: parseConnection({ url: target.databaseUrl }, 'test'),
  })
  const differences = async (tolerated: Weakening[] = []) =>
    (await verifyDatabase({ ...options(), disarmed: true, weakened: tolerated })).differences
      .map(({ kind, name }) => `${kind} ${name}`)
      .sort()

  beforeAll(async () => {
    ;[source, target, clients] = await Promise.all([
      startTestPlatform({ major }),
      startTestPlatform({ major }),
      testClients(major),
    ])
    await Promise.all([query(source.superuserUrl, wrapper), query(target.superuserUrl, wrapper)])
    await query(source.databaseUrl, asPostgres)
    await query(source.superuserUrl, asSuperuser)
    // Before 16 whoever may create roles may also give itself their administration.
    if (major < 16) await query(source.databaseUrl, 'grant tenant_admin to postgres with admin option')
    generation = await backupInto(source.databaseUrl, clients)
    // A value that only another server knows.
    const setting = {
      role: null,
      database: 'postgres',
      name: 'default_toast_compression',
      value: 'lz5',
      context: 'user',
    }
    await appendFile(join(generation, 'database/database-settings.jsonl'), `${JSON.stringify(setting)}\n`)
    await query(
      target.superuserUrl,
      `create role another login connection limit 4; create role reporting; grant another to reporting`,
    )
    await query(
      target.databaseUrl,
      `alter role postgres set statement_timeout = '77s'; grant select on auth.sessions to anon`,
    )
  })

  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()])
    await rm(generation, { recursive: true, force: true })
  })

  test('comes back, and what the target refuses is named and ends nothing', async () => {
    const result = await restoreDatabase(options())
    weakened = result.weakened
    const refused = weakened.filter(({ kind }) => kind === 'refused').map(({ name }) => name)
    expect(result.status).toBe('degraded')
    expect(refused).toContain('setting default_toast_compression of the database')
    expect(refused).toContain('comment EXTENSION postgres_fdw')
    expect(refused).toContain('publication supabase_realtime')
    expect(refused).toContain('grant EXECUTE on function extensions.gen_salt(text) to PUBLIC')
    // On 17 they are another's: a role nobody gave postgres the administration of.
    if (major >= 16)
      expect(refused).toEqual(
        expect.arrayContaining(['role another', 'membership pg_checkpoint to reporting']),
      )
    expect(refused).not.toContain('membership another to reporting')
    expect(result.findings.find(({ kind }) => kind === 'refused-by-target')?.names.join('\n')).not.toContain(
      'SCRAM',
    )
    const grants = `select r.rolname, x.privilege_type, x.is_grantable from pg_database d, aclexplode(datacl) x
      left join pg_roles r on r.oid = x.grantee where datname = 'postgres' and x.grantee <> datdba order by 1, 2`
    expect(await query(target.databaseUrl, grants)).toEqual(await query(source.databaseUrl, grants))
  })

  test('brings a comment on an extension where a superuser of a disposable target may', async () => {
    const superuser = parseConnection({ url: target.superuserUrl }, 'test')
    const again = await restoreDatabase({ ...options(), superuser })
    expect(again.weakened.map(({ name }) => name)).not.toContain('comment EXTENSION postgres_fdw')
    expect(again.weakened.map(({ name }) => name)).not.toContain('publication supabase_realtime')
    const closed = `select has_function_privilege('anon', 'extensions.gen_salt(text)', 'EXECUTE') as open`
    expect(await query(target.superuserUrl, closed)).toEqual([{ open: false }])
    await query(target.superuserUrl, 'grant execute on function extensions.gen_salt(text) to public')
    expect(await differences(again.weakened)).toEqual([
      'grant EXECUTE on function extensions.gen_salt(text) to PUBLIC',
    ])
    await query(target.superuserUrl, 'revoke execute on function extensions.gen_salt(text) from public')
    expect(await differences(again.weakened)).toEqual([])
    const comment = `select obj_description(oid, 'pg_extension') as comment from pg_extension where extname = 'postgres_fdw'`
    expect(await query(target.superuserUrl, comment)).toEqual([{ comment: 'to the crm' }])
    await query(target.superuserUrl, `comment on extension postgres_fdw is 'another'`)
    expect(await differences(again.weakened)).toContain('comment EXTENSION postgres_fdw')
  })

  test('brings what Realtime publishes: all tables, operations, a comment', async () => {
    const published = `select puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, obj_description(oid, 'pg_publication')
      as comment from pg_publication where pubname = 'supabase_realtime'`
    expect(await query(target.superuserUrl, published)).toEqual(await query(source.superuserUrl, published))
    for (const [change, back] of [
      [
        `alter publication supabase_realtime set (publish = 'insert')`,
        `alter publication supabase_realtime set (publish = 'insert, truncate')`,
      ],
      [
        `comment on publication supabase_realtime is 'x'`,
        `comment on publication supabase_realtime is 'of all'`,
      ],
    ] as const) {
      await query(target.superuserUrl, change)
      expect(await differences(weakened.filter(({ name }) => !name.startsWith('publication')))).toContain(
        'publication supabase_realtime',
      )
      await query(target.superuserUrl, back)
    }
  })

  test('is no difference where it was named, and one to a verification that knows of nothing', async () => {
    expect(await differences(weakened)).toEqual([])
    expect(await differences()).toContain('setting default_toast_compression of the database')
  })

  test('brings what postgres gave to roles of the platform on objects of its own, and takes what it had not', async () => {
    const given = `select n.nspname, c.relname, coalesce(g.rolname, 'public') as grantee, x.privilege_type, x.is_grantable
      from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) x left join pg_roles g on g.oid = x.grantee
      where n.nspname in ('auth', 'storage') and x.grantor = 'postgres'::regrole order by 1, 2, 3, 4`
    const rows = await query(source.superuserUrl, given)
    expect(rows.map(({ relname, grantee }) => `${relname} to ${grantee}`)).toEqual([
      'users to anon',
      'buckets to public',
    ])
    expect(await query(target.superuserUrl, given)).toEqual(rows)
    const extensions = `select nspacl::text from pg_namespace where nspname = 'extensions'`
    expect(await query(target.superuserUrl, extensions)).toEqual(await query(source.superuserUrl, extensions))
    const comment = `select obj_description('extensions'::regnamespace, 'pg_namespace') as comment`
    expect(await query(target.superuserUrl, comment)).toEqual([{ comment: 'shared' }])
  })

  test('brings options of user mappings that the dump left out', async () => {
    const mappings = `select coalesce(umuser::regrole::text, ''), umoptions from pg_user_mapping order by 1`
    expect(await query(target.superuserUrl, mappings)).toEqual(await query(source.superuserUrl, mappings))
  })

  test.runIf(major < 16)(
    unless(
      major >= 16 && 'only servers before 16 let it',
      'brings the administration of a role that postgres gave itself',
    ),
    async () => {
      const admins = `select admin_option from pg_auth_members where member = 'postgres'::regrole and roleid = 'tenant_admin'::regrole`
      expect(await query(target.databaseUrl, admins)).toEqual([{ admin_option: true }])
      await query(target.databaseUrl, 'revoke admin option for tenant_admin from postgres')
      expect(await differences(weakened)).toEqual(['membership tenant_admin to postgres'])
      await query(target.databaseUrl, 'grant tenant_admin to postgres with admin option')
    },
  )

  test('takes back settings of roles that only the target has', async () => {
    const settings = `select setconfig::text from pg_db_role_setting where setrole = 'postgres'::regrole and setdatabase = 0`
    expect(await query(target.databaseUrl, settings)).toEqual(await query(source.databaseUrl, settings))
  })

  test('differs by name in each thing that is changed alone', async () => {
    for (const [change, back, name] of [
      [
        'revoke temporary on database postgres from reporting',
        'grant temporary on database postgres to reporting',
        'grant TEMPORARY on the database to reporting',
      ],
      [
        'grant temporary on database postgres to public',
        'revoke temporary on database postgres from public',
        'grant TEMPORARY on the database to PUBLIC',
      ],
      [
        'set role postgres; revoke select on auth.users from anon',
        'set role postgres; grant select on auth.users to anon',
        'grant SELECT on relation auth.users to anon',
      ],
      [
        'set role postgres; grant select on auth.identities to public',
        'set role postgres; revoke select on auth.identities from public',
        'grant SELECT on relation auth.identities to public',
      ],
      [
        'set role postgres; revoke create on schema extensions from anon',
        'set role postgres; grant create on schema extensions to anon',
        'grant CREATE on schema extensions to anon',
      ],
      [
        `alter user mapping for authenticated server crm options (set password 'x')`,
        `alter user mapping for authenticated server crm options (set password E'open ''sesame\\\\')`,
        'user mapping authenticated on crm',
      ],
      [
        `alter role postgres set lock_timeout = '7s'`,
        'alter role postgres reset lock_timeout',
        'setting lock_timeout of postgres',
      ],
      [
        'set role postgres; revoke tenant_admin from service_role',
        'set role postgres; grant tenant_admin to service_role',
        'membership tenant_admin to service_role',
      ],
    ] as const) {
      await query(target.superuserUrl, change)
      expect(await differences(weakened), change).toEqual([name])
      await query(target.superuserUrl, back)
    }
  })

  test('of a generation that does not know of it is left as the target has it', async () => {
    for (const file of [
      'service-grants',
      'platform-grants',
      'platform-comments',
      'extension-functions',
      'database-grants',
      'user-mappings',
      'subscriptions',
      'managed-objects',
    ])
      await rm(join(generation, `database/${file}.jsonl`))
    await query(
      target.databaseUrl,
      'revoke temporary on database postgres from reporting; revoke select on auth.users from anon',
    )
    const again = await restoreDatabase(options())
    expect(await differences(again.weakened)).toEqual([])
  })
})
