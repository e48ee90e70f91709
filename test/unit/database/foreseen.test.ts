import { expect, test } from 'vitest'
import { olderClientFindings } from '../../../src/database/capture/foreseen.ts'

const table = (setting: string) => ({
  defn: `CREATE TABLE public.t (a integer);\n\nALTER TABLE ONLY public.t ALTER COLUMN a SET (${setting});\n`,
})

test('A dump with what only the newest servers know of columns names the client programs and how many tables there are', () => {
  const entries = [table('pg_attver=27270352'), table('pg_attver=1'), table('n_distinct=5')]
  expect(olderClientFindings(entries, 'PostgreSQL clients 16.15 in /usr/bin')).toMatchObject([
    {
      kind: 'clients-older-than-server',
      severity: 'manual',
      count: 2,
      message: expect.stringContaining('16.15'),
    },
  ])
})

test('A dump with other settings of columns has nothing to say of its client programs', () => {
  expect(olderClientFindings([table('n_distinct=5')], 'PostgreSQL clients 17.12')).toEqual([])
})
