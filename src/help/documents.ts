import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { renderCompletion } from './completion.ts'
import { manName, renderMan } from './man.ts'
import { readUsages } from './usage.ts'

const packageSchema = z.object({ version: z.string() })

/** Every file made from the help texts: its path below `root` and its content. */
export async function helpDocuments(root: string): Promise<Map<string, string>> {
  const usages = await readUsages(root)
  const { version } = packageSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  return new Map([
    ...usages.map((usage): [string, string] => [
      `templates/man/${manName(usage.script)}.1`,
      renderMan(usage, version, usages),
    ]),
    ['templates/completion.bash', renderCompletion(usages)],
  ])
}
