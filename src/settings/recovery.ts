import { readFile } from 'node:fs/promises'
import type { RecoveryPart } from '../components/component.ts'
import { checklistLines } from './checklist.ts'
import { readSettings } from './files.ts'

const page = new URL('recovery.md', import.meta.url)

/** How the settings are set without the toolkit, and what no backup can bring. */
export async function recoveryPart(generation: string): Promise<RecoveryPart> {
  return {
    text: await readFile(page, 'utf8'),
    programs: ['`curl`', '`jq`'],
    manual: checklistLines(await readSettings(generation)),
  }
}
