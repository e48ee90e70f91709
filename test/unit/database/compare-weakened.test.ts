import { describe, expect, test } from 'vitest'
import type { Weakening } from '../../../src/database/restore/weakened.ts'
import { withoutWeakened } from '../../../src/database/verify/weakened.ts'

const table = (checks: string) => ({
  name: 'TABLE public t',
  sql: `CREATE TABLE "public"."t" ("id" integer, "n" integer${checks});`,
})
const inTable = `, CONSTRAINT "n_check" CHECK (("n" > 0)), CONSTRAINT "other" CHECK (("n" < 9))`
const added = (check: string) => ({
  name: 'CHECK CONSTRAINT public t n_check',
  sql: `ALTER TABLE "public"."t" ADD CONSTRAINT "n_check" CHECK (("n" > ${check})) NOT VALID;`,
})
const weakening: Weakening = {
  kind: 'not-valid',
  name: 'CHECK CONSTRAINT public t n_check',
  within: 'TABLE public t',
  reason: 'rows violate it',
}
const key = (valid: string) => ({
  name: 'FK CONSTRAINT public t t_fkey',
  sql: `ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "t_fkey" FOREIGN KEY ("id") REFERENCES "public"."p"("id")${valid};`,
})
const keyWeakening: Weakening = { kind: 'not-valid', name: key('').name, reason: 'rows without a parent' }
const domain = (check: string) => ({
  name: 'DOMAIN public d',
  sql: `CREATE DOMAIN "public"."d" AS integer${check};`,
})
const domainAdded = {
  name: 'CHECK CONSTRAINT public d d_check',
  sql: 'ALTER DOMAIN "public"."d" ADD CONSTRAINT "d_check" CHECK ((VALUE > 0)) NOT VALID;',
}
const domainWeakening: Weakening = {
  kind: 'not-valid',
  name: domainAdded.name,
  within: 'DOMAIN public d',
  reason: 'rows violate it',
}

const notNullWeakening: Weakening = { ...domainWeakening, name: 'CHECK CONSTRAINT public d d_not_null' }
const notNullAdded = {
  name: 'CHECK CONSTRAINT public d d_not_null',
  sql: 'ALTER DOMAIN "public"."d" ADD CONSTRAINT "d_not_null" CHECK ((VALUE IS NOT NULL)) NOT VALID;',
}

/** A partition as a dump makes it: a table with a check of its own, which the target's has from its root. */
const partition = (checks: string) => ({
  name: 'TABLE public t_1',
  sql: `CREATE TABLE "public"."t_1" ("id" integer, "n" integer${checks});`,
})
const partitionWeakening: Weakening = {
  kind: 'not-valid',
  name: 'CHECK CONSTRAINT public t_1 n_check',
  within: 'TABLE public t_1',
  inheritedFrom: 'CHECK CONSTRAINT public t n_check',
  reason: 'as that of its root',
}
const withoutCheck = ', CONSTRAINT "other" CHECK (("n" < 9))'

type Side = { name: string; sql: string; about?: string }[]

/** What remains to be compared, of each side. */
async function remains(left: Side, right: Side, weakened: Weakening[]): Promise<[string[], string[]]> {
  const [expected, actual] = await withoutWeakened(left, right, weakened, true)
  const text = (side: Side) => side.map(({ name, sql }) => `${name}: ${sql}`)
  return [text(expected), text(actual)]
}

describe('what a restore weakened and named is no difference', () => {
  test.each<[string, Side, Side, Weakening[]]>([
    ['a check', [table(inTable)], [table(', CONSTRAINT "other" CHECK (("n" < 9))'), added('0')], [weakening]],
    [
      'a check that a partition has from its root',
      [table(inTable), partition(inTable)],
      [table(withoutCheck), partition(withoutCheck), added('0')],
      [weakening, partitionWeakening],
    ],
    [
      'the only check of a domain',
      [domain(' CONSTRAINT "d_check" CHECK ((VALUE > 0))')],
      [domain(''), domainAdded],
      [domainWeakening],
    ],
    [
      'the NOT NULL of a domain',
      [domain(' NOT NULL DEFAULT 3 CONSTRAINT "d_check" CHECK ((VALUE > 0))')],
      [domain(' DEFAULT 3 CONSTRAINT "d_check" CHECK ((VALUE > 0))'), notNullAdded],
      [notNullWeakening],
    ],
    ['a foreign key', [key('')], [key(' NOT VALID')], [keyWeakening]],
    [
      'an entry left out, and the rights on it',
      [
        { name: 'VIEW public v', sql: 'CREATE VIEW v AS SELECT 1' },
        { name: 'ACL public TABLE v', sql: 'GRANT SELECT ON v TO r', about: 'VIEW public v' },
      ],
      [],
      [{ kind: 'left-out', name: 'VIEW public v', reason: 'broken' }],
    ],
  ])('%s', async (_, left, right, weakened) => {
    const [expected, actual] = await remains(left, right, weakened)
    expect(actual).toEqual(expected)
  })
})

describe('the same elsewhere is a difference', () => {
  test.each<[string, Side, Side, Weakening[]]>([
    [
      'a check nobody named',
      [table(inTable)],
      [table(', CONSTRAINT "other" CHECK (("n" < 9))'), added('0')],
      [],
    ],
    [
      'another condition',
      [table(inTable)],
      [table(', CONSTRAINT "other" CHECK (("n" < 9))'), added('1')],
      [weakening],
    ],
    [
      'a check of a partition whose root has none',
      [table(withoutCheck), partition(inTable)],
      [table(withoutCheck), partition(withoutCheck)],
      [weakening, partitionWeakening],
    ],
    [
      'a second check that a partition lacks',
      [table(inTable), partition(inTable)],
      [table(withoutCheck), partition(''), added('0')],
      [weakening, partitionWeakening],
    ],
    [
      'the NOT NULL of a domain that nothing stands for',
      [domain(' NOT NULL')],
      [domain('')],
      [notNullWeakening],
    ],
    [
      'a default that is gone with the NOT NULL of a domain',
      [domain(' NOT NULL DEFAULT 3')],
      [domain(''), notNullAdded],
      [notNullWeakening],
    ],
    ['a NOT NULL that the domain never had', [domain('')], [domain(''), notNullAdded], [notNullWeakening]],
    ['a second check that is gone', [table(inTable)], [table(''), added('0')], [weakening]],
    ['a foreign key nobody named', [key('')], [key(' NOT VALID')], [weakening]],
    ['a foreign key that is gone', [key('')], [], [keyWeakening]],
    [
      'another view that is missing',
      [{ name: 'VIEW public w', sql: 'CREATE VIEW w AS SELECT 1' }],
      [],
      [{ kind: 'left-out', name: 'VIEW public v', reason: 'broken' }],
    ],
    [
      'another view in the place of one that was left out',
      [{ name: 'VIEW public v', sql: 'CREATE VIEW v AS SELECT 1' }],
      [{ name: 'VIEW public v', sql: 'CREATE VIEW v AS SELECT 2' }],
      [{ kind: 'left-out', name: 'VIEW public v', reason: 'broken' }],
    ],
  ])('%s', async (_, left, right, weakened) => {
    const [expected, actual] = await remains(left, right, weakened)
    expect(actual).not.toEqual(expected)
  })
})
