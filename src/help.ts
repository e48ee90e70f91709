/** Writes the manual pages and the bash completion from the help texts in src/shell/usage: part of `npm run generate`. */
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeFileAtomic } from './common/files.ts'
import { helpDocuments } from './help/documents.ts'

const root = new URL('..', import.meta.url).pathname
for (const [path, content] of await helpDocuments(root)) {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFileAtomic(join(root, path), content, 0o644)
}
