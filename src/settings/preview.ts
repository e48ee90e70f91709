import type { ComponentPreview } from '../components/component.ts'
import { changeLine, type SettingChange } from './changes.ts'
import { checklist } from './checklist.ts'
import { parts } from './parts.ts'
import { lookAt, planFindings, type SettingsRestore } from './restore.ts'

/** What a restore would set at the target: each setting, as it is and as it would be. */
export async function previewSettings(restore: SettingsRestore): Promise<ComponentPreview> {
  const looked = await lookAt(restore)
  const { plan, target } = looked
  const inOrder = plan.writes.toSorted((a, b) => parts.indexOf(a.part) - parts.indexOf(b.part))
  const changes = inOrder.flatMap((write) => write.changes)
  const findings = [...planFindings(looked, []), ...checklist({ ...restore, target })]
  const stale = restore.saved.parts.filter(({ status }) => status === 'stale')
  return {
    document: { changes, findings },
    lines: (limit) => [
      '',
      changes.length === 0 ? 'Settings: those of the target are the same' : 'Settings: now → after',
      ...limited(changes, limit).map((line) => `    ${line}`),
      ...section(
        'From an older backup, as they could not be read in this one',
        stale.map(({ name, takenAt }) => `${name}: ${takenAt}`),
      ),
      ...section(
        'What the restore will report',
        findings.flatMap(({ message, names }) => [message, ...names.map((name) => `  ${name}`)]),
      ),
    ],
  }
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${heading}`, ...lines.map((line) => `    ${line}`)]
}

function limited(changes: readonly SettingChange[], limit: number): string[] {
  const more = changes.length - limit
  const lines = changes.slice(0, limit).map(changeLine)
  return more > 0 ? [...lines, `and ${more} more: see restore.sh --preview`] : lines
}
