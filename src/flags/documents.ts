import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { commands } from './commands.ts'
import { renderBash } from './completion/bash.ts'
import { renderFish } from './completion/fish.ts'
import { renderZsh } from './completion/zsh.ts'
import { environmentPage, renderEnvironmentPage } from './env-page.ts'
import { renderMan } from './man.ts'
import { renderShell } from './shell.ts'
import { manualOf, scriptOf } from './table.ts'
import { renderUsage } from './usage.ts'

const packageSchema = z.object({ version: z.string() })

/** Every file made from the table of flags: its path below `root`, the toolkit's directory, and its content. */
export async function flagDocuments(root: string): Promise<Map<string, string>> {
  const { version } = packageSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  return new Map([
    ...commands.flatMap((command): [string, string][] => [
      [`src/shell/flags/${scriptOf(command)}`, renderShell(command)],
      [`src/shell/usage/${command.name}.txt`, renderUsage(command)],
      [`templates/completion/${scriptOf(command)}.fish`, renderFish(command)],
      [`templates/man/${manualOf(command)}.1`, renderMan(command, version)],
    ]),
    [`templates/man/${environmentPage}.5`, renderEnvironmentPage(version)],
    ['templates/completion/supabase-backup.bash', renderBash(commands)],
    ['templates/completion/_supabase-backup', renderZsh(commands)],
  ])
}
