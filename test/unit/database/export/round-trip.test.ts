import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArray, writeArray } from '../../../../src/database/export/array-text.ts'
import { readCopyRows } from '../../../../src/database/export/copy-text.ts'
import { tableFileName } from '../../../../src/database/export/file-names.ts'
import { type Column, createRowWriter } from '../../../../src/database/export/json-row.ts'
import { writeCopyLine } from '../../../../src/database/import/copy-line.ts'
import { readMembers } from '../../../../src/database/import/json-members.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-export-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const text = (name: string): Column => ({ name, type: { name: 'text', kind: 'text', isArray: false } })

describe('COPY text', () => {
  it('is read as it was written, across the boundaries of chunks', async () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0') && s.isWellFormed()),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value), { maxLength: 20 }), async (rows) => {
        const columns = ['a', 'b "quoted"']
        const write = createRowWriter(columns.map(text))
        const lines = rows.map((row) =>
          writeCopyLine(
            readMembers(write(row)),
            columns.map((name) => ({
              name,
              isJson: false,
              isArray: false,
              delimiter: null,
              wantsValue: false,
            })),
          ),
        )
        const path = join(folder, 'rows.dat')
        await writeFile(path, [...lines, '\\.', '', ''].join('\n'))
        expect(await Array.fromAsync(readCopyRows(path))).toEqual(rows)
      }),
      { numRuns: 200 },
    )
  })

  it('of rows longer than a chunk is read whole', async () => {
    const path = join(folder, 'long.dat')
    const long = 'é'.repeat(400_000)
    await writeFile(path, `${long}\t1\n${long}\t2\n\\.\n`)
    expect(await Array.fromAsync(readCopyRows(path))).toEqual([
      [long, '1'],
      [long, '2'],
    ])
  })
})

describe('an array', () => {
  it('is written and read back the same', () => {
    const leaf = fc.oneof(fc.constant(null), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(fc.array(leaf), (items) => {
        expect(readArray(writeArray(items))).toEqual(items)
      }),
    )
    expect(readArray('{{1,2},{3,NULL}}')).toEqual([
      ['1', '2'],
      ['3', null],
    ])
    expect(readArray('{NULL,"NULL",""}')).toEqual([null, 'NULL', ''])
  })

  it('that begins elsewhere than at 1 is left as text', () => {
    expect(readArray('[0:1]={1,2}')).toBeUndefined()
  })
})

describe('a row as JSON', () => {
  it('keeps every kind of value', () => {
    const column = (name: string, kind: 'boolean' | 'number' | 'json' | 'text', isArray = false): Column => ({
      name,
      type: { name, kind, isArray },
    })
    const write = createRowWriter([
      column('b', 'boolean'),
      column('n', 'number'),
      column('f', 'number'),
      column('j', 'json'),
      column('big', 'text'),
      column('list', 'number', true),
      column('flags', 'boolean', true),
      column('documents', 'json', true),
    ])
    expect(
      write([
        't',
        '-1',
        '-Infinity',
        '{"a":\n12345678901234567890}',
        '9007199254740993',
        '{1,NULL}',
        '{t,f}',
        '{"{\\"a\\":1}"}',
      ]),
    ).toBe(
      '{"b":true,"n":-1,"f":"-Infinity","j":{"a": 12345678901234567890},"big":"9007199254740993","list":[1,null],"flags":[true,false],"documents":["{\\"a\\":1}"]}',
    )
  })

  it('tells a NULL from a JSON null', () => {
    const write = createRowWriter([{ name: 'j', type: { name: 'jsonb', kind: 'json', isArray: false } }])
    expect([write([null]), write(['null'])]).toEqual(['{}', '{"j":null}'])
  })
})

describe('a table’s file', () => {
  it('has a name of its own whatever the table is called', () => {
    const names = [
      ['a.b', 'c'],
      ['a', 'b.c'],
      ['..', '/etc/passwd'],
      ['p', 'x'.repeat(63)],
      ['p', 'ü'.repeat(31)],
      ['Ü'.repeat(31), 'ü'.repeat(31)],
    ] as const
    const files = names.map(([schema, table]) => tableFileName(schema, table))
    expect(new Set(files).size).toBe(names.length)
    for (const file of files) expect(file).toMatch(/^[A-Za-z0-9_ .%-]{1,245}$/)
    expect(tableFileName('public', 'orders')).toBe('public.orders')
  })
})
