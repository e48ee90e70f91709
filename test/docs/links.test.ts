import { access } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import { readDocuments } from '../helpers/documents.ts'
import { withoutFences } from '../helpers/markdown.ts'

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function linksOf(markdown: string): string[] {
  const links = [...withoutFences(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '')
  return links.filter((link) => !/^[a-z]+:/.test(link))
}

const documents = await readDocuments()

test.each(documents.map(({ path, text }) => ({ path, text })))(
  'the links of $path lead somewhere',
  async ({ path, text }) => {
    const lost: string[] = []
    for (const link of linksOf(text)) {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : normalize(join(dirname(path), file))
      const there = await access(join(checkout, target)).then(
        () => true,
        () => false,
      )
      const page = documents.find((document) => document.path === target)
      const anchored = anchor === undefined || (page !== undefined && anchorsOf(page.text).includes(anchor))
      if (!there || !anchored) lost.push(link)
    }
    expect(lost).toEqual([])
  },
)

test('each page can be reached from the README', () => {
  const reached = new Set(['README.md'])
  for (const path of reached)
    for (const link of linksOf(documents.find((document) => document.path === path)?.text ?? ''))
      reached.add(normalize(join(dirname(path), link.split('#')[0] ?? '')))
  const pages = documents.map(({ path }) => path)
  expect(pages.filter((path) => !reached.has(path))).toEqual([])
})

test('a link to a heading that is not there is found', () => {
  expect(anchorsOf('# One page\n\n## `DB_URL_INVALID`, and more\n\n```sh\n# a comment\n```\n')).toEqual([
    'one-page',
    'db_url_invalid-and-more',
  ])
  expect(linksOf('[a](b.md#c) [d](https://example.com)\n```\n[e](f)\n```')).toEqual(['b.md#c'])
})
