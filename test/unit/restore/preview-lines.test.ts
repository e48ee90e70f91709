import { expect, test } from 'vitest'
import { databaseLines } from '../../../src/database/restore/preview-lines.ts'
import { storageLines } from '../../../src/storage/restore/preview-lines.ts'

const preview = {
  bucketsToCreate: ['films'],
  bucketsToChange: [{ id: 'avatars', attributes: ['public', 'file_size_limit'] }],
  bucketsToRemove: ['old'],
  objectsToSend: 1200,
  bytesToSend: 3 * 1024 * 1024,
  objectsToRewrite: 1,
  objectsToRemove: 2,
  objectsSame: 40,
  objectsWithoutBytes: 1,
  examples: { send: ['films/a', 'films/b', 'films/c'], rewrite: ['avatars/x'], remove: ['old/1', 'old/2'] },
}

test('the lines on Storage tell buckets, what is sent, rewritten and removed, and how many more there are', () => {
  expect(storageLines(preview, false, 20)).toEqual([
    '',
    'Storage: made equal; 40 objects are so already',
    '  Buckets',
    '    + films',
    '    ~ avatars: public, file_size_limit',
    '    - old',
    '  To send: 1,200 objects, 3.0 MiB',
    '    + films/a',
    '    + films/b',
    '    + films/c',
    '      and 1,197 more',
    '  To rewrite where they are, as only their metadata differs: 1 object',
    '    ~ avatars/x',
    '  To remove, as the backup does not have them: 2 objects',
    '    - old/1',
    '    - old/2',
    '  1 object of the backup has no bytes to bring',
  ])
})

test('what is beyond the limit is counted, of all there are', () => {
  const lines = storageLines(preview, false, 1)
  expect(lines).toContain('    + films/a')
  expect(lines).not.toContain('    + films/b')
  expect(lines).toContain('      and 1,199 more')
})

test('with --keep-extra nothing is said to be removed', () => {
  const text = storageLines(preview, true, 20).join('\n')
  expect(text).not.toContain('old')
  expect(text).toContain('+ films')
})

test('a preview prints a line break in a name as its escape, on one line', () => {
  const lines = databaseLines(
    {
      tables: [{ schema: 'public', name: 'two\nlines', now: 1, after: null }],
      objects: [{ name: 'TABLE public two\nlines', change: 'drop', now: '', after: null }],
      extensions: { create: [], move: [], missing: [] },
      findings: [],
    },
    undefined,
    Number.POSITIVE_INFINITY,
  )
  expect(lines).toContain('      two\\nlines: 1 → —')
  expect(lines).toContain('    - TABLE public two\\nlines')
  expect(lines.join('')).not.toContain('\n')
})

test('a preview speaks of the partitions of a table together, with their number', () => {
  const names = ['log_1', 'log_2', 'log_3']
  const partition = (name: string) => ({ schema: 'public', name, now: null, after: 2, root: 'public.log' })
  const lines = databaseLines(
    {
      tables: [
        ...names.map(partition),
        { ...partition('only'), root: 'public.one' },
        { schema: 'public', name: 'log', now: 4, after: null },
      ],
      objects: [
        ...names.map((name) => ({
          name: `TABLE public ${name}`,
          ...({ change: 'create', now: null, after: '' } as const),
          partition: { type: 'TABLE', root: 'public.log' },
        })),
        {
          name: 'ACL public TABLE log_2',
          ...({ change: 'create', now: null, after: '' } as const),
          partition: { type: 'ACL', root: 'public.log' },
        },
        {
          name: 'TABLE public log_2',
          ...({ change: 'change', now: 'a', after: 'b' } as const),
          partition: { type: 'TABLE', root: 'public.log' },
        },
        { name: 'TABLE public log', change: 'create', now: null, after: '' },
      ],
      extensions: { create: [], move: [], missing: [] },
      findings: [],
    },
    undefined,
    Number.POSITIVE_INFINITY,
  )
  expect(lines.slice(4)).toEqual([
    '    public: 4 → 8, 5 tables',
    '      public.log, 3 partitions: — → 6',
    '      only: — → 2',
    '      log: 4 → —',
    '  To create',
    '    + TABLE of partitions of public.log: 3',
    '    + ACL public TABLE log_2',
    '    + TABLE public log',
    '  To change',
    '    ~ TABLE public log_2',
    '        now    a',
    '        after  b',
  ])
})

test("a preview lists of the platform's tables those with rows, and of the project's all", () => {
  const table = (schema: string, name: string, rows: number) => ({ schema, name, now: rows, after: rows })
  const lines = databaseLines(
    {
      tables: [
        table('auth', 'users', 3),
        table('auth', 'saml_relay_states', 0),
        table('public', 'drafts', 0),
      ],
      objects: [],
      extensions: { create: [], move: [], missing: [] },
      findings: [],
    },
    undefined,
    Number.POSITIVE_INFINITY,
  )
  expect(lines).toEqual([
    '',
    'Database: the whole of it is replaced',
    '  3 rows now, 3 after',
    '  Rows, now → after',
    '    auth: 3 → 3, 2 tables',
    '      users: 3 → 3',
    '    public: 0 → 0, 1 table',
    '      drafts: 0 → 0',
  ])
})
