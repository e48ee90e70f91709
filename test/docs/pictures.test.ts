import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

it('pictures are each shown by a page, and made by a test', async () => {
  const shown = new Set<string>()
  for (const name of await readdir(join(root, 'docs/how-to')))
    for (const [, picture = ''] of (await readFile(join(root, 'docs/how-to', name), 'utf8')).matchAll(
      /!\[[^\]]+\]\(\.\.\/images\/([^)]+)\)/g,
    ))
      shown.add(picture)
  const made = await readFile(join(root, 'dashboard/test/helpers/browser.ts'), 'utf8')
  const pictures = await readdir(join(root, 'docs/images'))
  expect(pictures.sort()).toEqual([...shown].sort())
  expect(pictures.filter((name) => !made.includes(`'${name}'`))).toEqual([])
})
