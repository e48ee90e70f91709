import { join } from 'node:path'
import pg from 'pg'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applicationSizes, changeApplication, installApplication } from '../../../src/sandbox/application.ts'
import { contentOf, planObjects } from '../../../src/sandbox/application-objects.ts'
import { type StorageApi, startStorageApi } from '../../../src/standin/storage-api/server.ts'
import { encodeKey } from '../../../src/storage/api/client.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const size = 'small'
const objects = planObjects(applicationSizes.small.objects, applicationSizes.small.largestObject)

/** Rows and a hash of the content of every table of the application and of users, but what depends on oids and the clock. */
async function fingerprint(client: pg.Client): Promise<Map<string, { rows: number; hash: string }>> {
  const { rows: tables } = await client.query<{ name: string }>(`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname IN ('public', 'accounting', 'supabase_migrations', 'auth') ORDER BY 1`)
  const prints = new Map<string, { rows: number; hash: string }>()
  for (const { name } of tables) {
    const { rows } = await client.query<{ rows: number; hash: string }>(`
      SELECT count(*)::integer AS rows,
        coalesce(sum(hashtextextended((to_jsonb(t) - '{content,happened_at}'::text[])::text, 0)::numeric), 0)::text AS hash
      FROM ${name} AS t`)
    if (rows[0]) prints.set(name, rows[0])
  }
  return prints
}

describe('the application', () => {
  let platform: TestPlatform
  let storage: StorageApi
  let client: pg.Client

  beforeAll(async () => {
    platform = await startTestPlatform()
    storage = await startStorageApi({
      databaseUrl: platform.superuserUrl,
      directory: join(platform.directory, 'objects'),
      jwtSecret: 'a secret of the tests, long enough',
    })
    await installApplication({ databaseUrl: platform.databaseUrl, storage, size })
    client = new pg.Client({ connectionString: platform.databaseUrl })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await storage.stop()
    await platform.stop()
  })

  test('has rows in every table, the unlogged one apart', async () => {
    const prints = await fingerprint(client)
    const empty = [...prints].filter(([name, { rows }]) => rows === 0 && !name.startsWith('auth.'))
    expect(empty.map(([name]) => name)).toEqual(['public.presence'])
    expect([...prints.keys()].filter((name) => /^(public|accounting)\./.test(name)).length).toBeGreaterThan(
      20,
    )
    expect(prints.get('auth.users')?.rows).toBe(applicationSizes.small.users)
  })

  test('keeps a password of each user that bcrypt accepts', async () => {
    const { rows } = await client.query(`
      SELECT count(*)::integer AS users FROM generate_series(1, 12) AS n
      JOIN auth.users ON email = 'user' || n || '@example.com'
      WHERE encrypted_password = extensions.crypt('password of ' || n, encrypted_password)`)
    expect(rows).toEqual([{ users: 12 }])
  })

  test('keeps every object with the bytes and metadata it was given', async () => {
    const { rows } = await client.query(`
      SELECT bucket_id, name, (metadata ->> 'size')::integer AS bytes, metadata ->> 'mimetype' AS type, user_metadata
      FROM storage.objects`)
    const stored = new Map(rows.map((row) => [`${row.bucket_id} ${row.name}`, row]))
    expect(stored.size).toBe(objects.length)
    for (const object of objects) {
      const row = stored.get(`${object.bucket} ${object.key}`)
      expect(row).toMatchObject({ bytes: object.bytes, type: object.contentType })
      expect(row.user_metadata).toEqual(object.userMetadata ?? {})
      const answer = await request(
        `${storage.url}/object/authenticated/${encodeURIComponent(object.bucket)}/${encodeKey(object.key)}`,
        { headers: { authorization: `Bearer ${storage.serviceRoleKey}` } },
      )
      expect(Buffer.from(await answer.body.arrayBuffer()).equals(contentOf(object)), object.key).toBe(true)
    }
  })

  test('is the same on another server, also of another major', async () => {
    const other = await startTestPlatform({ major: 17 })
    await installApplication({ databaseUrl: other.databaseUrl, size })
    const second = new pg.Client({ connectionString: other.databaseUrl })
    await second.connect()
    expect(await fingerprint(second)).toEqual(await fingerprint(client))
    await second.end()
    await other.stop()
  })

  test('changes overnight in rows, sequences, a large object and objects', async () => {
    const state = async () => ({
      prints: await fingerprint(client),
      ...(await client
        .query(`
        SELECT (SELECT last_value FROM public.ticket_number) AS ticket,
          (SELECT md5(lo_get(content)) FROM public.scans WHERE title = 'Scan 2') AS scan,
          (SELECT json_object_agg(bucket_id || name, json_build_array(metadata, user_metadata)) FROM storage.objects) AS objects
      `)
        .then(({ rows }) => rows[0])),
    })
    const before = await state()
    const changed = await changeApplication({ databaseUrl: platform.databaseUrl, storage, size })
    const after = await state()
    for (const table of [
      'auth.users',
      'public.profiles',
      'public.tasks',
      'public.comments',
      'accounting.invoices',
    ])
      expect(after.prints.get(table), table).not.toEqual(before.prints.get(table))
    expect(after.ticket).not.toBe(before.ticket)
    expect(after.scan).not.toBe(before.scan)
    const names = new Set([...Object.keys(before.objects), ...Object.keys(after.objects)])
    const differing = [...names].filter(
      (name) => JSON.stringify(before.objects[name]) !== JSON.stringify(after.objects[name]),
    )
    expect(changed).toEqual({ replaced: 2, relabelled: 1, added: 1, removed: 1 })
    expect(differing.length).toBe(5)
  })
})
