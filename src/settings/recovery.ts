import { readFile } from 'node:fs/promises'
import type { RecoveryPart } from '../components/component.ts'
import { checklistLines } from './checklist.ts'
import { readSettings } from './files.ts'
import { stackPart } from './stack.ts'

const page = (name: string) => new URL(name, import.meta.url)

/** How the settings are set without the toolkit, and what no backup can bring. */
export async function recoveryPart({ generation }: { generation: string }): Promise<RecoveryPart> {
  const saved = await readSettings(generation)
  const ofStack = saved.parts.some(({ name }) => name === stackPart.name)
  return {
    text: await readFile(page(ofStack ? 'recovery-stack.md' : 'recovery.md'), 'utf8'),
    programs: [ofStack ? '`jq` for the settings' : '`curl` and `jq` for the settings'],
    manual: checklistLines(saved),
  }
}
