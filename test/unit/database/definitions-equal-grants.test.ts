import { expect, test } from 'vitest'
import { definitionsEqual } from '../../../src/database/sql/definitions-equal.ts'

const every = 'SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE'
const defaults = 'ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public'

test.each([
  ['GRANT ALL ON TABLE public.t TO anon', `GRANT ${every} ON TABLE public.t TO anon`],
  ['GRANT ALL ON TABLE public.t TO anon', `GRANT ${every},MAINTAIN ON TABLE public.t TO anon`],
  ['GRANT ALL ON SEQUENCE public.s TO anon', 'GRANT USAGE,SELECT,UPDATE ON SEQUENCE public.s TO anon'],
  ['GRANT SELECT,INSERT ON TABLE public.t TO anon', 'GRANT INSERT,SELECT ON TABLE public.t TO anon'],
  [`${defaults} GRANT ALL ON TABLES TO anon`, `${defaults} GRANT ${every} ON TABLES TO anon`],
  ['GRANT ALL(a) ON TABLE public.t TO anon', 'GRANT ALL(a) ON TABLE public.t TO anon'],
])('%s says the same as %s', async (one, other) => {
  expect(await definitionsEqual(`${one};`, `${other};`)).toBe(true)
})

test.each([
  ['GRANT ALL ON TABLE public.t TO anon', 'GRANT SELECT,INSERT ON TABLE public.t TO anon'],
  ['GRANT ALL ON TABLE public.t TO anon', `GRANT ${every} ON TABLE public.t TO authenticated`],
  ['GRANT ALL ON TABLE public.t TO anon', `GRANT ${every} ON TABLE public.t TO anon WITH GRANT OPTION`],
  ['GRANT SELECT ON TABLE public.t TO anon', 'GRANT SELECT(a) ON TABLE public.t TO anon'],
  ['GRANT SELECT,INSERT ON TABLE public.t TO anon', 'GRANT SELECT,UPDATE ON TABLE public.t TO anon'],
  ['GRANT ALL ON FUNCTION public.f() TO anon', 'REVOKE ALL ON FUNCTION public.f() FROM anon'],
  [`${defaults} GRANT ALL ON TABLES TO anon`, `${defaults} GRANT SELECT ON TABLES TO anon`],
])('%s says something else than %s', async (one, other) => {
  expect(await definitionsEqual(`${one};`, `${other};`)).toBe(false)
})
