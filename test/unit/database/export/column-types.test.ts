import { expect, test } from 'vitest'
import { readColumnTypes } from '../../../../src/database/export/column-types.ts'
import { createRowWriter } from '../../../../src/database/export/json-row.ts'
import type { Contents } from '../../../../src/database/rules/contents.ts'
import { contentsEntry } from '../../../helpers/contents-entry.ts'

test('Arrays of boxes and of PostGIS, which are not separated by commas, stay as PostgreSQL prints them', async () => {
  const entry = contentsEntry({
    desc: 'TABLE',
    namespace: 'public',
    tag: 'places',
    defn: 'CREATE TABLE public.places (a extensions.geometry(Point,4326)[], b public.geography[], c box[], d extensions.vector[]);',
  })
  const types = await readColumnTypes({ entries: [entry] } as unknown as Contents).of('public', 'places')
  const write = createRowWriter(['a', 'b', 'c', 'd'].map((name) => ({ name, type: types.get(name) })))
  expect(write(['{01:02}', '{01:02}', '{(1,1),(0,0);(2,2),(0,0)}', '{"[1,2]","[3,4]"}'])).toBe(
    '{"a":"{01:02}","b":"{01:02}","c":"{(1,1),(0,0);(2,2),(0,0)}","d":["[1,2]","[3,4]"]}',
  )
})
