import { expect, test } from 'vitest'
import { expressionsOf, withoutExpressions } from '../../../src/database/sql/expressions.ts'

const table = `CREATE TABLE "größe"."t" (
    "id" integer DEFAULT "f"(1, ','::"text") NOT NULL,
    "g" "text" COLLATE "C" GENERATED ALWAYS AS ("lower"("x")) STORED NOT NULL,
    "a,)" numeric(10,2),
    CONSTRAINT "ck, (" CHECK (("a" > ARRAY[1, 2])) NO INHERIT,
    CONSTRAINT "other" CHECK (("b" <> E'\\'),'::"text"))
)
PARTITION BY LIST ("id");

ALTER TABLE ONLY "größe"."t" ALTER COLUMN "id" SET STATISTICS 5;`

const domain = `CREATE DOMAIN "public"."d" AS numeric(10,2) NOT NULL DEFAULT "f"(2)
	CONSTRAINT "c" CHECK ((VALUE > (0)::numeric));`

test('expressions of a table are its defaults, computed columns and checks, each as it is written', async () => {
  const found = await expressionsOf(table)
  expect(found.map(({ kind, column, name, text }) => [kind, column ?? name, text])).toEqual([
    ['default', 'id', `DEFAULT "f"(1, ','::"text")`],
    ['generated', 'g', 'GENERATED ALWAYS AS ("lower"("x")) STORED'],
    ['check', 'ck, (', 'CONSTRAINT "ck, (" CHECK (("a" > ARRAY[1, 2])) NO INHERIT'],
    ['check', 'other', `CONSTRAINT "other" CHECK (("b" <> E'\\'),'::"text"))`],
  ])
})

test('a table without expressions has all the rest, and nulls where a column was computed', async () => {
  expect((await withoutExpressions(table, await expressionsOf(table))).replaceAll(/ +/g, ' ')).toBe(
    `CREATE TABLE "größe"."t" (
 "id" integer NOT NULL,
 "g" "text" COLLATE "C" GENERATED ALWAYS AS (NULL) STORED ,
 "a,)" numeric(10,2)
)
PARTITION BY LIST ("id");

ALTER TABLE ONLY "größe"."t" ALTER COLUMN "id" SET STATISTICS 5;`,
  )
})

test('a column without its default or what computes it keeps the collation that stands behind', async () => {
  const collated = `CREATE TABLE t (
    a "text" DEFAULT ('x' || f()) NOT NULL COLLATE "public"."ci",
    b "text" GENERATED ALWAYS AS (f()) STORED NOT NULL COLLATE "C",
    c "text" DEFAULT 'd' COLLATE "C"
);`
  expect(
    (await withoutExpressions(collated, await expressionsOf(collated))).replaceAll(/ +/g, ' '),
  ).toBe(`CREATE TABLE t (
 a "text" NOT NULL COLLATE "public"."ci",
 b "text" GENERATED ALWAYS AS (NULL) STORED COLLATE "C",
 c "text" COLLATE "C"
);`)
})

test('a table without columns loses its first check with the comma behind it', async () => {
  const checks = 'CREATE TABLE t (\n    CONSTRAINT a CHECK (f()),\n    CONSTRAINT b CHECK (g())\n);'
  const [first] = await expressionsOf(checks)
  const rest = await withoutExpressions(checks, first ? [first] : [])
  expect((await expressionsOf(rest)).map(({ name }) => name)).toEqual(['b'])
})

test('a table without columns can be without all its checks, or all but the last', async () => {
  const checks =
    'CREATE TABLE t (\n    CONSTRAINT a CHECK (f()),\n    CONSTRAINT b CHECK (g()),\n    CONSTRAINT c CHECK (h())\n)\nINHERITS (p);'
  const all = await expressionsOf(checks)
  expect((await withoutExpressions(checks, all)).replaceAll(/\s+/g, ' ')).toBe(
    'CREATE TABLE t ( ) INHERITS (p);',
  )
  const rest = await withoutExpressions(checks, all.slice(0, 2))
  expect(rest.replaceAll(/\s+/g, ' ')).toBe('CREATE TABLE t ( CONSTRAINT c CHECK (h()) ) INHERITS (p);')
})

test('a table of a type lists no column that it says nothing of any more, and no list without one', async () => {
  const typed = `CREATE TABLE t OF ty (\n    a WITH OPTIONS DEFAULT f() NOT NULL,\n    b WITH OPTIONS DEFAULT f(),\n    CONSTRAINT c CHECK (f())\n);`
  expect((await withoutExpressions(typed, await expressionsOf(typed))).replaceAll(/\s+/g, ' ')).toBe(
    'CREATE TABLE t OF ty ( a WITH OPTIONS NOT NULL );',
  )
  const bare = typed.replace(' NOT NULL', '')
  expect((await withoutExpressions(bare, await expressionsOf(bare))).replaceAll(/\s+/g, ' ')).toBe(
    'CREATE TABLE t OF ty ;',
  )
})

test('expressions of a domain are its default and its checks, and it keeps its NOT NULL without them', async () => {
  const found = await expressionsOf(domain)
  expect(found.map(({ kind, column, name }) => [kind, column, name])).toEqual([
    ['default', undefined, undefined],
    ['check', undefined, 'c'],
  ])
  expect((await withoutExpressions(domain, found)).replaceAll(/\s+/g, ' ')).toBe(
    'CREATE DOMAIN "public"."d" AS numeric(10,2) NOT NULL ;',
  )
})

test('what cannot be parsed has no expressions', async () => {
  expect(await expressionsOf('CREATE TABLE (')).toEqual([])
})
