import { expect, test } from 'vitest'
import { StatementError, withEntry } from '../../../src/database/connect/psql-errors.ts'
import type { ContentsEntry } from '../../../src/database/rules/contents.ts'

const entry = (desc: string, namespace: string, tag: string, dropStmt: string): ContentsEntry => ({
  ...{ dumpId: 7, desc, namespace, tag, dropStmt, owner: 'postgres', section: 'pre-data' as const },
  ...{ defn: `CREATE ${dropStmt.slice(5)}`, copyStmt: '', tablespace: '', accessMethod: '' },
  ...{ dependencies: [], catalog: { tableOid: 0, oid: 0 }, file: '' },
})

const refusedOwner = (object: string) =>
  new StatementError({
    ...{
      sqlState: '42501',
      statement: `ALTER ${object} OWNER TO other;`,
      serverMessage: 'permission denied',
    },
    ...{ message: 'The target refused a statement.', detail: 'line', phase: 'test' },
  })

test.each([
  ['FUNCTION', 'app', 'f(text)', 'DROP FUNCTION app.f(a text);\n', 'FUNCTION app.f(a text)'],
  ['VIEW', 'app', 'v', 'DROP VIEW app.v;\n', 'TABLE app.v'],
  ['VIEW', 'app', 'v', 'DROP VIEW app.v;\n', 'VIEW app.v'],
])(
  'a refused owner of a %s names its entry and the flag that leaves it out',
  (desc, schema, tag, drop, object) => {
    const others = entry('TABLE', 'app', 'w', 'DROP TABLE app.w;\n')
    const contents = { entries: [others, entry(desc, schema, tag, drop)] }
    expect(withEntry(refusedOwner(object), contents as never)).toMatchObject({
      suggestion: expect.stringContaining(`--leave-out '${desc} ${schema} ${tag}'`),
    })
  },
)

test('a refused owner of what no entry makes stays as it is', () => {
  const error = refusedOwner('TABLE app.elsewhere')
  expect(withEntry(error, { entries: [entry('VIEW', 'app', 'v', 'DROP VIEW app.v;\n')] } as never)).toBe(
    error,
  )
})

test('Rows that psql reads from a file and the target refuses name their entry', () => {
  const rows = (name: string): ContentsEntry => ({
    ...entry('TABLE DATA', 'app', name, ''),
    copyStmt: `COPY "app"."${name}" ("a b", "id") FROM stdin;\n`,
  })
  const error = new StatementError({
    ...{ sqlState: '23505', statement: 'COPY  "app"."w" ( "a b" , "id" ) FROM STDIN ' },
    ...{ serverMessage: 'duplicate', message: 'Refused.', detail: 'line', phase: 'test' },
  })
  expect(withEntry(error, { entries: [rows('v'), rows('w')] } as never)).toMatchObject({
    suggestion: expect.stringContaining(`--leave-out 'TABLE DATA app w'`),
  })
  expect(withEntry(error, { entries: [rows('v')] } as never)).toBe(error)
})
