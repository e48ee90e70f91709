import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadResult } from '../../../src/database/import/result.ts'
import { query } from '../../helpers/database.ts'
import { openRowsLoader, type RowsLoader } from '../../helpers/load-rows.ts'
import type { TestPlatform } from '../../helpers/sandbox.ts'

let loader: RowsLoader
let platform: TestPlatform
beforeAll(async () => {
  loader = await openRowsLoader()
  platform = loader.platform
})
afterAll(() => loader?.stop())
beforeEach(() => query(platform.databaseUrl, 'DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop'))

const ask = (sql: string) => query(platform.databaseUrl, sql)

const load = (name: string, rows: readonly object[], replace = false) =>
  loader.load({ schema: 'shop', name }, rows.map((row) => `${JSON.stringify(row)}\n`).join(''), replace)

describe('sequences of a table that rows are loaded into', () => {
  it.each([
    ['one that was never called', 'id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY', 0, [1], '2'],
    ['one that counts down', 'id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY (INCREMENT -1)', 5, [-3], '-6'],
    ['one that counts down to new numbers', 'id serial PRIMARY KEY', 0, [], '-10'],
    ['one of a numeric column', 'id numeric PRIMARY KEY', 0, [8], '9'],
    [
      'one that is bounded',
      'id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY (MAXVALUE 100)',
      0,
      [7, 500],
      '8',
    ],
  ])('go on behind the rows: %s', async (what, column, before, ids, next) => {
    await ask(`CREATE TABLE shop.counted (${column}, note text)`)
    if (what.includes('numeric'))
      await ask(`CREATE SEQUENCE shop.numbers OWNED BY shop.counted.id;
        ALTER TABLE shop.counted ALTER id SET DEFAULT nextval('shop.numbers')`)
    if (what.includes('new numbers'))
      await ask('ALTER SEQUENCE shop.counted_id_seq MINVALUE -100 INCREMENT -1')
    for (let row = 0; row < before; row += 1) await ask(`INSERT INTO shop.counted (note) VALUES ('before')`)
    await load(
      'counted',
      (what.includes('new numbers') ? [1, -9] : ids).map((id) => ({ id, note: 'loaded' })),
    )
    const inserted = await ask(`INSERT INTO shop.counted (note) VALUES ('after') RETURNING id::text`)
    expect(inserted).toEqual([{ id: next }])
  })
})

const called = `nextval('shop.numbers')`
it.each([
  ['without a column that owns it', `id int PRIMARY KEY DEFAULT ${called}`, '8'],
  ['through a cast', `id int PRIMARY KEY DEFAULT ${called}::smallint`, '8'],
  ['as the default of a domain', 'id shop.numbered PRIMARY KEY', '8'],
])('A sequence that a default calls goes on behind the rows: %s', async (_what, column, next) => {
  await ask(`CREATE SEQUENCE shop.numbers; CREATE DOMAIN shop.numbered AS int DEFAULT ${called};
    CREATE TABLE shop.counted (${column}, note text)`)
  expect(await load('counted', [{ id: 7, note: 'loaded' }])).toMatchObject({ notMoved: [] })
  const inserted = await ask(`INSERT INTO shop.counted (note) VALUES ('after') RETURNING id::text`)
  expect(inserted).toEqual([{ id: next }])
})

it.each([
  ['with a prefix', `id text PRIMARY KEY DEFAULT 'A' || ${called}`, 'A7'],
  ['computed', `id int PRIMARY KEY DEFAULT ${called} * 10`, '70'],
  ['by its name alone', `id int PRIMARY KEY DEFAULT nextval('shop.' || 'numbers')`, '7'],
  ['which is not ours', `id int PRIMARY KEY DEFAULT nextval('shop.theirs')`, '7'],
])('A sequence whose next number nobody can tell is named: %s', async (_what, column, id) => {
  await ask('CREATE SEQUENCE shop.numbers; CREATE SEQUENCE shop.theirs')
  await ask(`CREATE TABLE shop.counted (${column}, note text)`)
  await ask('REVOKE ALL ON SEQUENCE shop.theirs FROM postgres')
  const loaded = await load('counted', [{ id, note: 'loaded' }])
  expect(loaded).toMatchObject({ inserted: 1, notMoved: ['id'] })
  expect(loadResult(loaded, 0).findings).toMatchObject([
    { severity: 'manual', kind: 'sequences-not-moved', names: ['id'] },
  ])
})

it('Rows that keep another value of an identity that is no part of the key are counted, and the run is degraded', async () => {
  await ask(`CREATE TABLE shop.numbered (code text PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, note text);
    INSERT INTO shop.numbered (code, note) VALUES ('a', 'old'), ('b', 'old')`)
  const rows = [
    { code: 'a', n: 9, note: 'new' },
    { code: 'b', n: 2, note: 'new' },
    { code: 'c', n: 7, note: 'new' },
  ]
  const loaded = await load('numbered', rows)
  expect(loaded).toMatchObject({ inserted: 1, updated: 2, identities: [{ name: 'n', rows: 1 }] })
  expect(loadResult(loaded, 0)).toMatchObject({
    status: 'degraded',
    findings: [{ kind: 'identity-values-kept', names: ['n: 1 row'] }],
  })
  expect(await load('numbered', rows, true)).toMatchObject({ identities: [] })
  expect(await ask('SELECT * FROM shop.numbered ORDER BY code')).toEqual(rows)
})

it('Rows are loaded into a table whose primary key includes other columns', async () => {
  await ask(`CREATE TABLE shop.covered (a int, b text, c text, PRIMARY KEY (a) INCLUDE (b));
    INSERT INTO shop.covered VALUES (1, 'old', 'old')`)
  expect(await load('covered', [{ a: 1, b: 'new', c: 'new' }])).toMatchObject({ inserted: 0, updated: 1 })
  expect(await ask('SELECT * FROM shop.covered')).toEqual([{ a: 1, b: 'new', c: 'new' }])
})

it('Rows of a table that others inherit from are replaced without theirs', async () => {
  await ask(`CREATE TABLE shop.parent (id int PRIMARY KEY, note text); INSERT INTO shop.parent VALUES (1, 'old'), (3, 'old');
    CREATE TABLE shop.child (more int) INHERITS (shop.parent); INSERT INTO shop.child VALUES (2, 'child', 5)`)
  expect(await load('parent', [{ id: 2, note: 'own' }])).toMatchObject({ inserted: 1, updated: 0, rows: 3 })
  expect(await load('parent', [{ id: 1, note: 'new' }], true)).toMatchObject({
    deleted: 3,
    inserted: 1,
    rows: 1,
  })
  expect(await ask('SELECT tableoid::regclass::text AS name, id, note FROM shop.parent ORDER BY id')).toEqual(
    [
      { name: 'shop.parent', id: 1, note: 'new' },
      { name: 'shop.child', id: 2, note: 'child' },
    ],
  )
})

describe('Rows that others refer to', () => {
  it.each(['CASCADE', 'SET NULL', 'SET DEFAULT'])(
    'are not replaced as a whole where a key says ON DELETE %s',
    async (action) => {
      await ask(`CREATE TABLE shop.users (id int PRIMARY KEY, boss int REFERENCES shop.users ON DELETE CASCADE);
      INSERT INTO shop.users VALUES (1, 1), (2, 1);
      CREATE TABLE shop.posts (id int PRIMARY KEY, "by" int REFERENCES shop.users ON DELETE ${action})`)
      expect(
        await load(
          'users',
          [
            { id: 1, boss: null },
            { id: 2, boss: 1 },
          ],
          true,
        ),
      ).toMatchObject({ deleted: 2, inserted: 2 })
      await ask('INSERT INTO shop.posts VALUES (10, 2), (11, NULL)')
      await expect(load('users', [{ id: 1, boss: 1 }], true)).rejects.toMatchObject({
        code: 'LOAD_ROWS_REFERENCED',
        message: expect.stringContaining('shop.posts'),
      })
      expect(
        await ask(
          'SELECT count(*)::int AS users, (SELECT count(*)::int FROM shop.posts WHERE "by" = 2) AS posts FROM shop.users',
        ),
      ).toEqual([{ users: 2, posts: 1 }])
      expect(await load('users', [{ id: 2, boss: 2 }])).toMatchObject({ updated: 1 })
    },
  )
})

it('Lists are loaded into arrays whose type separates elements otherwise than by commas', async () => {
  await ask('CREATE TABLE shop.drawn (id int PRIMARY KEY, boxes box[])')
  await load('drawn', [{ id: 1, boxes: ['(1,1),(0,0)', '(2,2),(1,1)'] }])
  expect(await ask('SELECT cardinality(boxes) AS boxes FROM shop.drawn')).toEqual([{ boxes: 2 }])
})
