import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const page = join(import.meta.dirname, '../../../../docs/reference/errors.md')

/** What the toolkit's page of errors says of each code, as plain paragraphs; read when it is first asked for. */
export function errorPages() {
  let pages: Map<string, string[]> | undefined
  return {
    find(code: string): string[] | null {
      pages ??= readPages()
      return pages.get(code) ?? null
    },
  }
}

function readPages(): Map<string, string[]> {
  const sections = readFileSync(page, 'utf8').split(/^### /m).slice(1)
  return new Map(
    sections.map((section) => {
      const [code = '', ...text] = section.split('\n')
      const body = text.join('\n').split(/^#/m)[0] ?? ''
      return [code.trim(), paragraphsOf(body)]
    }),
  )
}

function paragraphsOf(markdown: string): string[] {
  const plain = markdown
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/[*`]/g, '')
    .replace(/\n(?=Do:)/g, '\n\n')
  return plain
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '')
}
