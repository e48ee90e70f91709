import { expect, test } from 'vitest'
import { withoutColumnVersions } from '../../../src/database/rules/column-versions.ts'
import type { ContentsEntry } from '../../../src/database/rules/contents.ts'

function entry(defn: string): ContentsEntry {
  return {
    ...{ dumpId: 1, catalog: { tableOid: 0, oid: 0 }, tag: 't', desc: 'TABLE', section: 'pre-data', defn },
    ...{
      dropStmt: '',
      copyStmt: '',
      namespace: 'public',
      tablespace: '',
      accessMethod: '',
      owner: 'postgres',
    },
    ...{ dependencies: [], file: undefined },
  }
}

const create = `CREATE TABLE "public"."a SET (pg_attver=7)" (\n    "é; SET (x" integer\n);\n\n\n`
const alter = 'ALTER TABLE ONLY "public"."a SET (pg_attver=7)" ALTER COLUMN "é; SET (x" SET'

test.each([
  ['alone', `${create}${alter} (pg_attver=27270352);\n`, create],
  [
    'before others',
    `${create}${alter} (pg_attver=1, n_distinct=5);\n`,
    `${create}${alter} (n_distinct=5);\n`,
  ],
  [
    'behind others',
    `${create}${alter} (n_distinct=5, pg_attver=1);\n`,
    `${create}${alter} (n_distinct=5);\n`,
  ],
  [
    'among statements of other kinds',
    `${create}${alter} STATISTICS 5;\n${alter} (pg_attver=1);\n${alter} STORAGE PLAIN;\n${alter} (pg_attver=1);\n`,
    `${create}${alter} STATISTICS 5;\n${alter} STORAGE PLAIN;\n`,
  ],
  [
    'of a foreign table',
    `CREATE FOREIGN TABLE f (a integer)\nSERVER s;\nALTER FOREIGN TABLE ONLY f ALTER COLUMN a SET (pg_attver=1);\n`,
    'CREATE FOREIGN TABLE f (a integer)\nSERVER s;\n',
  ],
])(
  'An option of a column that its server alone sets is left out, and kept as written: %s',
  async (_, written, defn) => {
    expect(await withoutColumnVersions([entry(written)])).toEqual([{ ...entry(defn), written }])
  },
)

test.each([
  ['a name', create],
  ['another option', `${create}${alter} (n_distinct=5);\n`],
  ['a text', `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS '\n${alter} (pg_attver=1);\n';`],
  ['what the parser cannot read', `CREATE SOMETHING NEW;\n${alter} (pg_attver=1);\n`],
])('What only looks like it stays as it is: %s', async (_, defn) => {
  const [same] = await withoutColumnVersions([entry(defn)])
  expect(same).toEqual(entry(defn))
})
