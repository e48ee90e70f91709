import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkout } from './checkout.ts'

export interface Document {
  /** Relative to the checkout. */
  path: string
  text: string
}

/** README, CHANGELOG, CONTRIBUTING and everything below docs/ that is Markdown. */
export async function readDocuments(): Promise<Document[]> {
  const below = await readdir(join(checkout, 'docs'), { recursive: true })
  const paths = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...below.map((path) => join('docs', path))]
  return readAll(paths.filter((path) => path.endsWith('.md')).sort())
}

/** The sources whose names end so: the scripts at the top, and everything below src/. */
export async function readSources(ending: '.ts' | '.sh'): Promise<Document[]> {
  const below = await readdir(join(checkout, 'src'), { recursive: true })
  const paths = [...(await readdir(checkout)), ...below.map((path) => join('src', path))]
  return readAll(paths.filter((path) => path.endsWith(ending)).sort())
}

function readAll(paths: readonly string[]): Promise<Document[]> {
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(checkout, path), 'utf8') })),
  )
}
