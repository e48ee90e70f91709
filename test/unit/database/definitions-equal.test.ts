import { describe, expect, test } from 'vitest'
import { definitionsEqual } from '../../../src/database/sql/definitions-equal.ts'

describe('two spellings of a definition mean the same', () => {
  test.each([
    [
      'CREATE VIEW v AS SELECT t.a FROM t WHERE (t.b > 3)',
      'CREATE VIEW v AS\n SELECT a\n FROM t\n WHERE b > 3;',
    ],
    ['CREATE TABLE t (a "json")', 'CREATE TABLE t (a json)'],
    ["ALTER FOREIGN TABLE t ALTER a OPTIONS (x '1')", "ALTER FOREIGN TABLE ONLY t ALTER a OPTIONS (x '1')"],
    ['GRANT SELECT ON TABLE t  TO r', 'GRANT SELECT ON TABLE t TO r'],
  ])('%s', async (one, other) => expect(await definitionsEqual(one, other)).toBe(true))
})

describe('a server that has read its own text back prints the same', () => {
  test.each([
    [
      "ALTER TABLE t ADD CHECK (a::text = ANY ((ARRAY['x'::varchar, 'y'::varchar])::text[]))",
      "ALTER TABLE t ADD CHECK (a::text = ANY (ARRAY[('x'::varchar)::text, ('y'::varchar)::text]))",
    ],
    ['CREATE POLICY p ON t TO a, b', 'CREATE POLICY p ON t TO b, a'],
    [
      "CREATE COLLATION c (provider = icu, locale = 'en-u-kn')",
      "CREATE COLLATION c (provider = icu, locale = 'en-u-kn-true')",
    ],
    [
      "CREATE COLLATION c (provider = icu, locale = 'de_DE@collation=phonebook')",
      "CREATE COLLATION c (provider = icu, locale = 'de-DE-u-co-phonebk')",
    ],
    [
      "CREATE COLLATION c (provider = icu, locale = 'en@colNumeric=yes;colStrength=secondary')",
      "CREATE COLLATION c (provider = icu, locale = 'en-u-kn-ks-level2')",
    ],
    ["CREATE VIEW v AS SELECT 1, 'x'::text", `CREATE VIEW v AS SELECT 1, 'x'::text AS "text"`],
    [
      "CREATE VIEW v AS SELECT (SELECT 'y'::text)",
      "CREATE VIEW v AS SELECT (SELECT 'y'::text AS text) AS text",
    ],
    ['CREATE VIEW v AS SELECT t.a FROM t', 'CREATE VIEW v AS SELECT t.a AS a FROM t'],
    ['CREATE VIEW v AS SELECT lower(t.a) FROM t', 'CREATE VIEW v AS SELECT lower(t.a) AS lower FROM t'],
    [
      'CREATE VIEW v AS SELECT CASE WHEN a THEN 1 END FROM t',
      'CREATE VIEW v AS SELECT CASE WHEN a THEN 1 END AS "case" FROM t',
    ],
    ['CREATE INDEX i ON t (a) WHERE (a AND (b AND c))', 'CREATE INDEX i ON t (a) WHERE ((a AND b) AND c)'],
    [
      'CREATE FUNCTION f() RETURNS void BEGIN ATOMIC MERGE INTO mt AS m USING s ON true WHEN MATCHED THEN DO NOTHING; END',
      'CREATE FUNCTION f() RETURNS void BEGIN ATOMIC MERGE INTO mt m USING s ON true WHEN MATCHED THEN DO NOTHING; END',
    ],
    [
      "CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('A', 'B') EXECUTE FUNCTION f()",
      "CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('B', 'A') EXECUTE FUNCTION f()",
    ],
    ['CREATE TABLE t (a int) WITH (x=1, y=2)', 'CREATE TABLE t (a int) WITH (y=2, x=1)'],
  ])('%s', async (one, other) => expect(await definitionsEqual(one, other, true)).toBe(true))
})

describe('a change on servers of the same version is not taken for a spelling', () => {
  test.each([
    [
      'a right less than all there are',
      'GRANT ALL ON TABLE t TO r',
      'GRANT SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE ON TABLE t TO r',
    ],
    [
      'another name',
      'CREATE VIEW v AS SELECT lower(t.a) FROM t',
      'CREATE VIEW v AS SELECT lower(t.a) AS b FROM t',
    ],
    ['another role', 'CREATE POLICY p ON t TO a, b', 'CREATE POLICY p ON t TO a, c'],
    [
      'another locale',
      "CREATE COLLATION c (provider = icu, locale = 'en-u-kn')",
      "CREATE COLLATION c (provider = icu, locale = 'en-u-kn-false')",
    ],
    [
      'another cast',
      "ALTER TABLE t ADD CHECK (a = ANY ((ARRAY['x'::varchar])::text[]))",
      "ALTER TABLE t ADD CHECK (a = ANY (ARRAY[('x'::bpchar)::text]))",
    ],
    [
      'another nesting',
      'CREATE INDEX i ON t (a) WHERE (a AND (b OR c))',
      'CREATE INDEX i ON t (a) WHERE ((a AND b) OR c)',
    ],
    [
      'another order of columns',
      'CREATE VIEW v AS SELECT a, b FROM t',
      'CREATE VIEW v AS SELECT b, a FROM t',
    ],
    [
      'another operator',
      'CREATE VIEW v AS SELECT a OPERATOR(x.=) b FROM t',
      'CREATE VIEW v AS SELECT a = b FROM t',
    ],
  ])('%s', async (_, one, other) => expect(await definitionsEqual(one, other, true)).toBe(false))
})

describe('a change is not taken for a spelling', () => {
  test.each([
    ['another column', 'CREATE VIEW v AS SELECT t.a FROM t', 'CREATE VIEW v AS SELECT t.b FROM t'],
    ['another table', 'CREATE VIEW v AS SELECT t.a FROM t, u', 'CREATE VIEW v AS SELECT u.a FROM t, u'],
    ['another constant', 'CREATE VIEW v AS SELECT 1', 'CREATE VIEW v AS SELECT 2'],
    ['a clause more', 'CREATE VIEW v AS SELECT 1', 'CREATE VIEW v WITH (security_invoker) AS SELECT 1'],
    ['another type', 'CREATE TABLE t (a json)', 'CREATE TABLE t (a jsonb)'],
    ['a lost NOT NULL', 'CREATE TABLE t (a int NOT NULL)', 'CREATE TABLE t (a int)'],
    [
      'a space in a body',
      `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT  1'`,
    ],
    ['a grantee more', 'GRANT SELECT ON t TO a', 'GRANT SELECT ON t TO a, b'],
    ['a statement more', 'GRANT SELECT ON t TO a', 'GRANT SELECT ON t TO a; GRANT SELECT ON t TO b'],
    ['what cannot be parsed', 'CREATE NONSENSE 1', 'CREATE NONSENSE 2'],
  ])('%s', async (_, one, other) => expect(await definitionsEqual(one, other)).toBe(false))
})
