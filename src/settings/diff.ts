import type { ComponentDiff } from '../components/component.ts'
import { notComparedLine, section } from '../diff/lines.ts'
import { changeLine, changesTo, type SettingChange } from './changes.ts'
import { holdsValues, readSettings, type SavedPart } from './files.ts'
import { findPart } from './parts.ts'

/** What changed between the settings of two backups, as they recorded them. */
export async function compareBackups(before: string, after: string): Promise<ComponentDiff> {
  const [from, to] = [await readSettings(before), await readSettings(after)]
  const names = [...new Set([...from.parts, ...to.parts].map(({ name }) => name))]
  const changes: SettingChange[] = []
  const notCompared: string[] = []
  const secrets = { set: [] as string[], unset: [] as string[] }
  for (const name of names) {
    const [old, now] = [from, to].map(({ parts }) => parts.find((part) => part.name === name))
    if (!isKnown(old) || !isKnown(now)) {
      // What neither has is not missed by the comparison.
      if (isKnown(old) || isKnown(now)) notCompared.push(name)
      continue
    }
    const found = changesTo(findPart(name) ?? { name }, old.values, now.values)
    changes.push(...found.changes)
    notCompared.push(...found.unknown)
    const setting = (field: string) => `${name}.${field}`
    secrets.set.push(...now.secrets.filter((field) => !old.secrets.includes(field)).map(setting))
    secrets.unset.push(...old.secrets.filter((field) => !now.secrets.includes(field)).map(setting))
  }
  const lines = [
    ...changes.map(changeLine),
    ...secrets.set.map((secret) => `+ ${secret}: a secret was set`),
    ...secrets.unset.map((secret) => `- ${secret}: a secret was removed`),
    ...notComparedLine(notCompared),
  ]
  return {
    document: { changes, secretsSet: secrets.set, secretsUnset: secrets.unset, notCompared },
    equal: lines.length === 0,
    lines: section('Settings', lines),
  }
}

function isKnown(part: SavedPart | undefined): part is SavedPart {
  return part !== undefined && (holdsValues(part.status) || part.status === 'absent')
}
