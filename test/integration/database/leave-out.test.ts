import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { query } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'
import { majors } from '../../helpers/majors.ts'

/** Entries that say a part of what another one is. */
const application = `
CREATE TYPE public.colour AS ENUM ('red');
CREATE TABLE public.things (id serial PRIMARY KEY, n int NOT NULL DEFAULT 1, other serial, c public.colour);
INSERT INTO public.things DEFAULT VALUES;
CREATE VIEW public.by_key AS SELECT id, n, c FROM public.things GROUP BY id;
CREATE VIEW public.over AS SELECT id FROM public.by_key;
CREATE TABLE public.parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX parted_at ON public.parted (at);
CREATE TABLE public.parted_old PARTITION OF public.parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE public.parted_new PARTITION OF public.parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO public.parted VALUES (1, '2024-02-02'), (2, '2025-02-02')
`

describe.each(majors)('a restore on PostgreSQL %i that leaves out', (major) => {
  let pair: DatabasePair

  beforeAll(async () => {
    pair = await openDatabasePair(({ source }) => query(source.databaseUrl, application), major)
  })
  afterAll(() => pair?.stop())

  async function restoreWithout(entry: string) {
    const { weakened } = await restoreDatabase({ ...pair.options(), leaveOut: [entry] })
    const found = async () =>
      (await verifyDatabase({ ...pair.options(), weakened })).differences.map(({ name }) => name)
    expect(await found()).toEqual([])
    return { names: weakened.map(({ name }) => name), found }
  }
  const onTarget = (sql: string) => query(pair.target.databaseUrl, sql)

  test('that a column owns its sequence keeps both, and is equal', async () => {
    const { names, found } = await restoreWithout('SEQUENCE OWNED BY public things_id_seq')
    expect(names).toEqual(['SEQUENCE OWNED BY public things_id_seq'])
    const state = `SELECT pg_get_serial_sequence('public.things', 'id') AS owned, pg_get_serial_sequence('public.things', 'other') AS other`
    expect(await onTarget(state)).toEqual([{ owned: null, other: 'public.things_other_seq' }])
    await onTarget('INSERT INTO public.things DEFAULT VALUES')
    expect(await onTarget('SELECT id FROM public.things ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
    await onTarget(`DELETE FROM public.things WHERE id = 2; ALTER TABLE public.things ALTER id SET DEFAULT 7`)
    expect(await found()).toContain('TABLE public things')
  })

  test('a type leaves no empty view behind whose query was made of it', async () => {
    const { names } = await restoreWithout('TYPE public colour')
    expect(names).toEqual(
      expect.arrayContaining(['TABLE public things', 'RULE public by_key _RETURN', 'VIEW public by_key']),
    )
    const views = `SELECT relname::text FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace`
    expect(await onTarget(views)).toEqual([])
  })

  test('that a table is a partition leaves its indexes to itself', async () => {
    const { names } = await restoreWithout('TABLE ATTACH public parted_new')
    expect(names.toSorted()).toEqual([
      'INDEX ATTACH public parted_new_at_idx',
      'INDEX ATTACH public parted_new_pkey',
      'TABLE ATTACH public parted_new',
    ])
    expect(await onTarget('SELECT id FROM public.parted_new')).toEqual([{ id: 2 }])
    expect(await onTarget('SELECT id FROM public.parted')).toEqual([{ id: 1 }])
  })
})
