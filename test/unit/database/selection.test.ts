import { describe, expect, test } from 'vitest'
import { parseTableName } from '../../../src/database/rules/selection.ts'

describe("a table's name", () => {
  test.each([
    ['public.orders', { schema: 'public', name: 'orders' }],
    ['"My Schema"."a.b ""c"""', { schema: 'My Schema', name: 'a.b "c"' }],
  ])('is read as in SQL: %s', async (text, name) => expect(await parseTableName(text)).toEqual(name))

  test.each(['orders', 'a.b.c', 'public.orders; DROP TABLE x', '', 'public.orders, x.y'])(
    'is refused: %s',
    async (text) => {
      await expect(parseTableName(text)).rejects.toMatchObject({ code: 'SELECTION_INVALID' })
    },
  )
})
