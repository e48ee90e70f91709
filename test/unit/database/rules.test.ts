import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { ContentsEntry } from '../../../src/database/rules/contents.ts'
import { renderRulesPage } from '../../../src/database/rules/page.ts'
import { decide, rules } from '../../../src/database/rules/rules.ts'
import { contentsEntry as entry } from '../../helpers/contents-entry.ts'

/** What the rules say about the last of these entries. */
function ruleOf(...entries: ContentsEntry[]): string {
  const decision = decide(entries, { userTriggers: new Set([4711]) }).at(-1)
  return `${decision?.action} ${decision?.rule.id}`
}

const publication = (tag: string) => entry({ dumpId: 10, desc: 'PUBLICATION', tag })
const member = entry({
  dumpId: 11,
  desc: 'PUBLICATION TABLE',
  namespace: 'public',
  tag: 'p t',
  dependencies: [10],
})

describe('the rules', () => {
  test.each([
    ['a table of the user', 'keep user-objects', [entry({ desc: 'TABLE', namespace: 'public' })]],
    [
      'a table in a schema that only looks managed',
      'keep user-objects',
      [entry({ desc: 'TABLE', namespace: 'auth ' })],
    ],
    [
      'migration history',
      'keep user-objects',
      [entry({ desc: 'TABLE DATA', namespace: 'supabase_migrations', dependencies: [5] })].flatMap((data) => [
        entry({ dumpId: 5, desc: 'TABLE' }),
        data,
      ]),
    ],
    ['a table of a service', 'drop managed-objects', [entry({ desc: 'TABLE', namespace: 'auth' })]],
    [
      'accounts',
      'transform account-and-object-records',
      [entry({ desc: 'TABLE DATA', namespace: 'auth', tag: 'users' })],
    ],
    [
      'the migrations of a service',
      'drop service-tables',
      [entry({ desc: 'TABLE DATA', namespace: 'storage', tag: 'migrations' })],
    ],
    ['cron jobs', 'transform cron-jobs', [entry({ desc: 'TABLE DATA', namespace: 'cron', tag: 'job' })]],
    [
      'secrets',
      'transform vault-secrets',
      [entry({ desc: 'TABLE DATA', namespace: 'vault', tag: 'secrets' })],
    ],
    [
      'messages of Realtime',
      'drop managed-objects',
      [entry({ desc: 'TABLE DATA', namespace: 'realtime', tag: 'messages' })],
    ],
    [
      'a sequence of accounts',
      'transform sequence-values',
      [entry({ desc: 'SEQUENCE SET', namespace: 'auth' })],
    ],
    ['a sequence of pg_cron', 'drop managed-objects', [entry({ desc: 'SEQUENCE SET', namespace: 'cron' })]],
    [
      'a policy on files',
      'keep user-policies',
      [entry({ desc: 'POLICY', namespace: 'storage', owner: 'supabase_storage_admin' })],
    ],
    ['a policy on cron jobs', 'drop managed-objects', [entry({ desc: 'POLICY', namespace: 'cron' })]],
    [
      'row security of a service',
      'drop managed-objects',
      [entry({ desc: 'ROW SECURITY', namespace: 'storage' })],
    ],
    [
      "a user's trigger on accounts",
      'transform user-triggers',
      [entry({ desc: 'TRIGGER', namespace: 'auth', catalog: { tableOid: 2620, oid: 4711 } })],
    ],
    [
      "a service's own trigger",
      'drop managed-objects',
      [entry({ desc: 'TRIGGER', namespace: 'storage', catalog: { tableOid: 2620, oid: 4712 } })],
    ],
    ["a user's event trigger", 'keep user-objects', [entry({ desc: 'EVENT TRIGGER' })]],
    [
      "the platform's event trigger",
      'drop platform-event-triggers',
      [entry({ desc: 'EVENT TRIGGER', owner: 'supabase_admin' })],
    ],
    [
      "a user's default privileges",
      'keep user-objects',
      [entry({ desc: 'DEFAULT ACL', namespace: 'public' })],
    ],
    [
      "the platform's default privileges",
      'drop platform-default-privileges',
      [entry({ desc: 'DEFAULT ACL', namespace: 'public', owner: 'supabase_admin' })],
    ],
    [
      'a role named like the platform',
      'keep user-objects',
      [entry({ desc: 'DEFAULT ACL', namespace: 'public', owner: 'supabase_myapp' })],
    ],
    ['the realtime publication', 'drop platform-publications', [publication('supabase_realtime')]],
    ['a member of it', 'keep published-tables', [publication('supabase_realtime'), member]],
    ['a member of a publication of the user', 'keep published-tables', [publication('mine'), member]],
    [
      "a member of Realtime's own",
      'drop published-platform-tables',
      [publication('supabase_realtime_messages_publication_v2_49_0'), member],
    ],
    [
      'a published table of a service',
      'drop published-platform-tables',
      [publication('mine'), { ...member, namespace: 'auth' }],
    ],
    ['a large object', 'keep user-objects', [entry({ desc: 'BLOB', tag: '4711' })]],
    [
      'the contents of large objects',
      'transform large-object-contents',
      [entry({ desc: 'BLOBS', tag: 'BLOBS', section: 'data' })],
    ],
    [
      'rights on schema public',
      'keep schema-public-satellites',
      [entry({ desc: 'ACL', tag: 'SCHEMA "public"', owner: 'pg_database_owner', dependencies: [6] })],
    ],
    [
      'rights on a managed schema',
      'drop satellites-of-others',
      [
        entry({ dumpId: 7, desc: 'SCHEMA', tag: 'auth' }),
        entry({ desc: 'ACL', tag: 'SCHEMA auth', dependencies: [7] }),
      ],
    ],
    [
      'rights on a member of an extension',
      'drop satellites-of-others',
      [entry({ desc: 'ACL', namespace: 'public', dependencies: [262] })],
    ],
    [
      'rows of a table of an extension',
      'drop extension-table-rows',
      [entry({ desc: 'TABLE DATA', namespace: 'public', tag: 'spatial_ref_sys', dependencies: [262] })],
    ],
    [
      'a table of the dashboard in a schema of the user',
      'transform owned-by-the-platform',
      [entry({ desc: 'TABLE', namespace: 'public', owner: 'supabase_admin' })],
    ],
    ['a subscription', 'drop subscriptions', [entry({ desc: 'SUBSCRIPTION' })]],
  ])('say of %s: %s', (_, expected, entries) => expect(ruleOf(...entries)).toBe(expected))

  test('have names of their own, and the last one decides what is left', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    expect(rules.at(-1)?.matches).toBeUndefined()
  })

  test('are documented as they are', async () => {
    const page = await readFile(new URL('../../../docs/reference/restore-rules.md', import.meta.url), 'utf8')
    expect(page).toBe(renderRulesPage())
  })
})
