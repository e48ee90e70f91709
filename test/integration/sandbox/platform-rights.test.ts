import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** Each was tried as role `postgres` on a hosted-like database with supautils. */
const allowed = {
  'set replica mode in a session': 'SET LOCAL session_replication_role = replica',
  'read every table':
    'SELECT FROM auth.users, storage.objects, auth.schema_migrations, vault.decrypted_secrets',
  'read the password verifiers': 'SELECT rolpassword FROM pg_authid',
  'make and drop a policy on a storage table':
    'CREATE POLICY p ON storage.objects USING (true); DROP POLICY p ON storage.objects',
  'make and drop a policy on realtime.messages':
    'CREATE POLICY p ON realtime.messages USING (true); DROP POLICY p ON realtime.messages',
  'make and drop a trigger on auth.users':
    'CREATE TRIGGER t BEFORE UPDATE ON auth.users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); DROP TRIGGER t ON auth.users',
  'change and comment on a policy of a storage table':
    "CREATE POLICY p ON storage.objects USING (true); ALTER POLICY p ON storage.objects TO anon, authenticated; COMMENT ON POLICY p ON storage.objects IS 'x'",
  'make a trigger on any table of a service that lets it':
    'CREATE TRIGGER t BEFORE UPDATE ON auth.oauth_consents FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  'reload the configuration': 'SELECT pg_reload_conf()',
  'truncate account and object records':
    'TRUNCATE auth.users, auth.identities, auth.sessions, auth.mfa_factors, auth.mfa_challenges, auth.mfa_amr_claims, auth.refresh_tokens, auth.one_time_tokens, auth.oauth_authorizations, auth.oauth_consents, auth.webauthn_credentials, auth.webauthn_challenges, storage.objects',
  'write object records': "INSERT INTO storage.buckets (id, name) VALUES ('b', 'b')",
  'delete objects after saying so':
    "SELECT set_config('storage.allow_delete_query', 'true', true); DELETE FROM storage.objects",
  'delete objects in replica mode':
    'SET LOCAL session_replication_role = replica; DELETE FROM storage.objects',
  'delete secrets': 'DELETE FROM vault.secrets',
  'publish tables': 'CREATE TABLE x (); ALTER PUBLICATION supabase_realtime ADD TABLE x',
  'install a trusted extension': 'CREATE EXTENSION hstore WITH SCHEMA extensions',
  'make roles': 'CREATE ROLE r; GRANT r TO authenticated; GRANT anon TO r; DROP ROLE r',
  'change settings of the API’s roles':
    "ALTER ROLE authenticator SET lock_timeout = '9s'; ALTER ROLE anon RESET statement_timeout",
  'change settings of the database': "ALTER DATABASE postgres SET work_mem = '8MB'",
}

const refused = {
  'run programs on the server': "COPY (SELECT 1) TO PROGRAM 'true'",
  'add a column to a table of a service': 'ALTER TABLE auth.users ADD COLUMN x text',
  'add a column in replica mode':
    'SET LOCAL session_replication_role = replica; ALTER TABLE auth.users ADD COLUMN x text',
  'switch triggers of a service off': 'ALTER TABLE storage.objects DISABLE TRIGGER ALL',
  'index a table of a service': 'CREATE INDEX ON storage.objects (version)',
  'make a table in a schema of a service': 'CREATE TABLE storage.x ()',
  'make a policy on a table that the platform does not list':
    'CREATE POLICY p ON auth.oauth_consents USING (true)',
  'make a policy on vector buckets': 'CREATE POLICY p ON storage.buckets_vectors USING (true)',
  'make a trigger on vector indexes':
    'CREATE TRIGGER t BEFORE UPDATE ON storage.vector_indexes FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  'drop a trigger of a table that the platform does not list':
    'CREATE TRIGGER t BEFORE UPDATE ON auth.oauth_consents FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); DROP TRIGGER t ON auth.oauth_consents',
  'comment on a trigger of a service’s table':
    "CREATE TRIGGER t BEFORE UPDATE ON auth.users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); COMMENT ON TRIGGER t ON auth.users IS 'x'",
  'make a rule on a service’s table': 'CREATE RULE r AS ON INSERT TO auth.users DO NOTHING',
  'move a service’s table out of its schema': 'ALTER TABLE auth.users SET SCHEMA public',
  'comment on an index of a service': "COMMENT ON INDEX auth.identities_email_idx IS 'x'",
  'drop a function of a service': 'DROP FUNCTION storage.foldername(text)',
  'drop a table of a service': 'DROP TABLE auth.audit_log_entries',
  'delete object records just so': 'DELETE FROM storage.objects',
  'write the services’ own migrations': "INSERT INTO auth.schema_migrations VALUES ('1')",
  'empty the services’ own migrations': 'TRUNCATE storage.migrations',
  'write vector buckets': "INSERT INTO storage.buckets_vectors (id) VALUES ('v')",
  'write vector indexes': 'DELETE FROM storage.vector_indexes',
  'write realtime’s migrations': 'INSERT INTO realtime.schema_migrations VALUES (1)',
  'insert secrets behind the vault’s back': "INSERT INTO vault.secrets (secret) VALUES ('x')",
  'empty the vault': 'TRUNCATE vault.secrets',
  'drop an event trigger of the platform': 'DROP EVENT TRIGGER pgrst_ddl_watch',
  'change realtime’s own publication':
    'ALTER PUBLICATION supabase_realtime_messages_publication SET (publish = insert)',
  'set a custom setting of the database': "ALTER DATABASE postgres SET app.x = '1'",
  'change default privileges of the platform':
    'ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA public REVOKE ALL ON TABLES FROM anon',
  'become the superuser': 'SET ROLE supabase_admin',
}

describe.each([15, 17] as const)('role postgres of the sandbox of major %i', (major) => {
  let platform: TestPlatform
  let client: pg.Client

  beforeAll(async () => {
    platform = await startTestPlatform({ major })
    client = new pg.Client({ connectionString: platform.databaseUrl })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await platform.stop()
  })

  /** The SQLSTATE of the first error, or undefined; nothing is kept. */
  async function attempt(statements: string): Promise<string | undefined> {
    await client.query('BEGIN')
    try {
      await client.query(statements)
      return undefined
    } catch (error) {
      return error instanceof pg.DatabaseError ? error.code : String(error)
    } finally {
      await client.query('ROLLBACK')
    }
  }

  test.each(Object.entries(allowed))('may %s', async (_, statements) => {
    expect(await attempt(statements)).toBeUndefined()
  })

  test.each(Object.entries(refused))('may not %s', async (_, statements) => {
    expect(await attempt(statements)).toBe('42501')
  })

  /** Runs statements, and returns the warnings and who has what on a table of the service afterwards; nothing is kept. */
  async function privilegesAfter(statements: string, table: string) {
    const warnings: string[] = []
    const listen = ({ message }: { message?: string | undefined }) => warnings.push(message ?? '')
    await client.query('BEGIN')
    client.on('notice', listen)
    await client.query(statements)
    client.off('notice', listen)
    const { rows } = await client.query<{ entry: string }>(
      `SELECT concat_ws(' ', grantee::regrole, privilege_type, 'by', grantor::regrole) AS entry
        FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = $1::regclass AND grantee::regrole::text IN ('anon', 'r')
        UNION ALL SELECT concat_ws(' ', grantee::regrole, privilege_type, '(' || attname || ')', 'by', grantor::regrole)
        FROM pg_attribute, aclexplode(attacl) WHERE attrelid = $1::regclass AND grantee::regrole::text IN ('anon', 'r')`,
      [table],
    )
    await client.query('ROLLBACK')
    return { warnings, entries: rows.map(({ entry }) => entry) }
  }

  test('hands on what it holds with the right to hand on, and of the rest nothing but a warning', async () => {
    expect(await privilegesAfter('GRANT SELECT, INSERT ON auth.users TO anon', 'auth.users')).toEqual({
      warnings: ['no privileges were granted for "auth.users"'],
      entries: ['anon SELECT by postgres'],
    })
    expect(
      await privilegesAfter(
        'CREATE ROLE r; GRANT DELETE ON auth.oauth_consents TO r; DROP ROLE r',
        'auth.users',
      ),
    ).toEqual({ warnings: ['no privileges were granted for "auth.oauth_consents"'], entries: [] })
  })

  test('hands on single columns as it may hand on the whole', async () => {
    expect(
      await privilegesAfter('GRANT SELECT (id), INSERT (id) ON auth.users TO anon', 'auth.users'),
    ).toEqual({
      warnings: ['no privileges were granted for "auth.users"'],
      entries: ['anon SELECT (id) by postgres'],
    })
    expect(
      await privilegesAfter('GRANT SELECT (id) ON auth.oauth_consents TO anon', 'auth.oauth_consents'),
    ).toEqual({ warnings: ['no privileges were granted for "auth.oauth_consents"'], entries: [] })
    const twice = 'GRANT SELECT (id) ON auth.users TO anon; REVOKE SELECT (id) ON auth.users FROM anon'
    expect(await privilegesAfter(twice, 'auth.users')).toMatchObject({ entries: [] })
  })

  test('takes nothing back that a service granted', async () => {
    const before = await privilegesAfter('SELECT 1', 'realtime.messages')
    expect(before.entries).toContain('anon SELECT by supabase_realtime_admin')
    expect(
      await privilegesAfter('REVOKE SELECT ON realtime.messages FROM anon', 'realtime.messages'),
    ).toEqual({
      warnings: ['no privileges could be revoked for "realtime.messages"'],
      entries: expect.arrayContaining(before.entries),
    })
  })

  test('reads the secrets it keeps in the vault', async () => {
    await client.query(`SELECT vault.create_secret('hush', 'name', 'said softly')`)
    const { rows } = await client.query(
      'SELECT name, description, secret, decrypted_secret FROM vault.decrypted_secrets',
    )
    expect(rows).toEqual([
      {
        name: 'name',
        description: 'said softly',
        secret: expect.not.stringContaining('hush'),
        decrypted_secret: 'hush',
      },
    ])
  })
})

test('A secret’s ciphertext cannot be read on another server', async () => {
  const [one, other] = await Promise.all([startTestPlatform(), startTestPlatform()])
  const clients = [one, other].map(({ superuserUrl }) => new pg.Client({ connectionString: superuserUrl }))
  const [source, target] = clients
  if (!source || !target) throw new Error('two servers')
  await Promise.all(clients.map((client) => client.connect()))
  await source.query(`SELECT vault.create_secret('hush', 'name')`)
  const { rows } = await source.query('SELECT id, secret, nonce FROM vault.secrets')
  await target.query(
    'INSERT INTO vault.secrets (id, secret, nonce) VALUES ($1, $2, $3)',
    Object.values(rows[0]),
  )
  await expect(target.query('SELECT decrypted_secret FROM vault.decrypted_secrets')).rejects.toThrow(
    'invalid ciphertext',
  )
  await Promise.all(clients.map((client) => client.end()))
  await Promise.all([one.stop(), other.stop()])
})

test('pgjwt signs and verifies tokens', async () => {
  const platform = await startTestPlatform()
  const client = new pg.Client({ connectionString: platform.databaseUrl })
  await client.connect()
  const { rows } = await client.query(`
    SELECT valid, payload ->> 'sub' AS sub, (extensions.verify(token, 'another secret')).valid AS forged
    FROM extensions.sign('{"sub": "1"}', 'secret') AS token, extensions.verify(token, 'secret')`)
  await client.end()
  await platform.stop()
  expect(rows).toEqual([{ valid: true, sub: '1', forged: false }])
})
