import { backup } from './backup.ts'
import { install } from './install.ts'
import { restore } from './restore.ts'
import type { Command } from './table.ts'

/**
 * Every flag of every command: the only place that knows them. To add one, add an entry to the command's table, and say in the
 * script what its value is used for (`flag_<name>`, or the array of `handTo`); then `npm run generate` writes the parsing
 * (src/shell/flags), help texts, manual pages, completions and reference.
 */
export const commands: readonly Command[] = [backup, install, restore]
