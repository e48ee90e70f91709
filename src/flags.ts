/**
 * The flags of the commands:
 *
 *     flags.ts generate                 writes everything that is made from their table: part of `npm run generate`
 *     flags.ts suggest COMMAND FLAG     prints the flag of the command that is most like the one given, if one is
 */
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeFileAtomic } from './common/files.ts'
import { closestName } from './config/suggest.ts'
import { commands } from './flags/commands.ts'
import { flagsOf } from './flags/table.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const [verb, name, flag] = process.argv.slice(2)

if (verb === 'generate') {
  const { flagDocuments } = await import('./flags/documents.ts')
  for (const [path, content] of await flagDocuments(root)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFileAtomic(join(root, path), content, 0o644)
  }
} else if (verb === 'suggest') {
  const known = commands.filter((command) => command.name === name).flatMap(flagsOf)
  process.stdout.write(
    closestName(
      flag ?? '',
      known.map((each) => `--${each.name}`),
    ) ?? '',
  )
} else {
  throw new TypeError('flags.ts needs one of: generate, suggest')
}
