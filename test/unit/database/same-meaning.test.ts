import { describe, expect, test } from 'vitest'
import { haveSameMeaning } from '../../../src/database/same-meaning.ts'

describe('two spellings of a definition mean the same', () => {
  test.each([
    [
      'CREATE VIEW v AS SELECT t.a FROM t WHERE (t.b > 3)',
      'CREATE VIEW v AS\n SELECT a\n FROM t\n WHERE b > 3;',
    ],
    ['CREATE TABLE t (a "json")', 'CREATE TABLE t (a json)'],
    ["ALTER FOREIGN TABLE t ALTER a OPTIONS (x '1')", "ALTER FOREIGN TABLE ONLY t ALTER a OPTIONS (x '1')"],
    ['GRANT SELECT ON TABLE t  TO r', 'GRANT SELECT ON TABLE t TO r'],
  ])('%s', async (one, other) => expect(await haveSameMeaning(one, other)).toBe(true))
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
  ])('%s', async (_, one, other) => expect(await haveSameMeaning(one, other)).toBe(false))
})
