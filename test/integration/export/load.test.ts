import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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
beforeEach(async () => {
  await query(
    platform.databaseUrl,
    `DROP SCHEMA IF EXISTS "my shop" CASCADE; CREATE SCHEMA "my shop"; SET search_path = "my shop";
     CREATE TABLE "new
line" ("i d" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb DEFAULT '{"by":"default"}', n numeric, tags text[],
       made text NOT NULL DEFAULT 'now', twice numeric GENERATED ALWAYS AS (n * 2) STORED);
     INSERT INTO "new
line" (body, n) VALUES ('1', 1), ('2', 2);
     CREATE TABLE keyless (a int); INSERT INTO keyless VALUES (1);`,
  )
})

function load(table: string, rows: readonly string[], replace = false) {
  return loadBytes(table, Buffer.from(rows.map((row) => `${row}\n`).join('')), replace)
}

const loadBytes = (name: string, bytes: Buffer, replace = false) =>
  loader.load({ schema: 'my shop', name }, bytes, replace)

const rowsOf = async (table: string) =>
  (
    await query(
      platform.databaseUrl,
      `SELECT row_to_json(t)::text AS row FROM "my shop"."${table}" t ORDER BY 1`,
    )
  ).map(({ row }) => row)

describe('rows of a file', () => {
  it('replace those of the same key, and the others stay', async () => {
    const loaded = await load('new\nline', [
      '{"i d":"2","n":"12345678901234567890.123456789","body":{"big":12345678901234567890},"tags":["a\\"b",null,"{"],"twice":"7"}',
      '{"i d":"9","n":null,"body":null,"tags":[]}',
    ])
    expect(loaded).toMatchObject({ inserted: 1, updated: 1, deleted: 0, rows: 3, ignored: ['twice'] })
    expect(await rowsOf('new\nline')).toEqual([
      '{"i d":1,"body":1,"n":1,"tags":null,"made":"now","twice":2}',
      '{"i d":2,"body":{"big": 12345678901234567890},"n":12345678901234567890.123456789,"tags":["a\\"b",null,"{"],"made":"now","twice":24691357802469135780.246913578}',
      '{"i d":9,"body":null,"n":null,"tags":[],"made":"now","twice":null}',
    ])
    expect(
      await query(platform.databaseUrl, `SELECT body::text FROM "my shop"."new\nline" WHERE "i d" = 9`),
    ).toEqual([{ body: 'null' }])
    const next = `INSERT INTO "my shop"."new\nline" (n) VALUES (0) RETURNING "i d"::text AS id`
    expect(await query(platform.databaseUrl, next)).toEqual([{ id: '10' }])
  })

  it('take the place of all that are there with --replace', async () => {
    expect(await load('keyless', ['{"a":5}', '{"a":6}'], true)).toMatchObject({
      inserted: 2,
      deleted: 1,
      rows: 2,
    })
    expect(await rowsOf('keyless')).toEqual(['{"a":5}', '{"a":6}'])
  })

  it.each([
    ['a column that the table lacks', 'new\nline', ['{"i d":1,"nowhere":1}'], 'LOAD_COLUMNS_UNKNOWN'],
    ['a table without a primary key', 'keyless', ['{"a":1}'], 'LOAD_KEY_MISSING'],
    ['no key in the file', 'new\nline', ['{"n":1}'], 'LOAD_KEY_MISSING'],
    ['a line that is cut short', 'new\nline', ['{"i d":1}', '{"i d"'], 'LOAD_FILE_UNREADABLE'],
    ['a column named twice in a line', 'new\nline', ['{"i d":1,"n":1,"n":2}'], 'LOAD_FILE_UNREADABLE'],
    ['a key twice', 'new\nline', ['{"i d":1,"n":"5"}', '{"i d":1,"n":"6"}'], 'LOAD_KEY_TWICE'],
    ['no rows', 'new\nline', ['', '[', ']'], 'LOAD_FILE_EMPTY'],
    ['U+0000 in a text', 'new\nline', ['{"i d":1,"made":"a\\u0000b"}'], 'LOAD_FILE_UNREADABLE'],
    ['half a character', 'new\nline', ['{"i d":1,"tags":["\\ud800"]}'], 'LOAD_FILE_UNREADABLE'],
    [
      'a column with a default that only some lines name',
      'new\nline',
      ['{"i d":1,"made":"x"}', '{"i d":2}'],
      'LOAD_FILE_UNREADABLE',
    ],
    ['a value that does not fit', 'new\nline', ['{"i d":1,"n":{}}'], 'LOAD_FILE_UNREADABLE'],
  ])('with %s are refused, and change nothing', async (_what, table, rows, code) => {
    const before = await rowsOf(table)
    await expect(load(table, rows)).rejects.toMatchObject({ code })
    expect(await rowsOf(table)).toEqual(before)
  })

  it('that name some columns only leave the others as they are, JSON too', async () => {
    await load('new\nline', ['{"i d":1,"n":"5"}', '{"i d":7}'])
    expect(await rowsOf('new\nline')).toEqual([
      '{"i d":1,"body":1,"n":5,"tags":null,"made":"now","twice":10}',
      '{"i d":2,"body":2,"n":2,"tags":null,"made":"now","twice":4}',
      '{"i d":7,"body":{"by": "default"},"n":null,"tags":null,"made":"now","twice":null}',
    ])
  })

  it('that name all columns but JSON have NULL there, as an export writes it', async () => {
    await load('new\nline', ['{"i d":1,"n":"5","tags":null,"made":"x"}'])
    expect((await rowsOf('new\nline'))[0]).toContain('"body":null')
  })

  it('may have line separators of Unicode within a text, and CRLF or a mark of byte order around it', async () => {
    await load('new\nline', ['\ufeff{"i d":1,"made":"a\u2028b\u2029c"}\r', '{"i d":2,"made":"d"}\r'])
    expect((await rowsOf('new\nline')).join()).toMatch(/a\u2028b\u2029c.*"d"/)
  })

  it('in another encoding than UTF-8 are refused by their line, in place of loading other characters', async () => {
    const before = await rowsOf('new\nline')
    await expect(
      loadBytes('new\nline', Buffer.from('{"i d":1}\n{"i d":2,"made":"\xe9"}\n', 'latin1')),
    ).rejects.toMatchObject({
      code: 'LOAD_FILE_UNREADABLE',
      message: expect.stringContaining('Line 2 '),
    })
    expect(await rowsOf('new\nline')).toEqual(before)
  })

  it('of a file without any are refused with --replace too', async () => {
    await expect(load('keyless', [], true)).rejects.toMatchObject({ code: 'LOAD_FILE_EMPTY' })
    expect(await rowsOf('keyless')).toEqual(['{"a":1}'])
  })

  it('that the server refuses change nothing', async () => {
    const before = await rowsOf('new\nline')
    await expect(load('new\nline', ['{"i d":1,"n":"5"}', '{"i d":2,"n":"five"}'])).rejects.toThrow()
    expect(await rowsOf('new\nline')).toEqual(before)
  })
})
