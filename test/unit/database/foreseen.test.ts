import { expect, test } from 'vitest'
import { olderClientFindings } from '../../../src/database/capture/foreseen.ts'

test('A dump with what only the newest servers know of columns names the client programs and how many tables there are', () => {
  const written = 'ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=1);\n'
  const entries = [{ written }, { written }, {}]
  expect(olderClientFindings(entries, 'PostgreSQL clients 16.15 in /usr/bin')).toMatchObject([
    {
      kind: 'clients-older-than-server',
      severity: 'note',
      count: 2,
      message: expect.stringContaining('16.15'),
    },
  ])
})

test('A dump without it has nothing to say of its client programs', () => {
  expect(olderClientFindings([{}], 'PostgreSQL clients 17.12')).toEqual([])
})
