import type { ComponentVerification } from '../components/component.ts'
import { changesTo, valueText } from './changes.ts'
import { holdsValues } from './files.ts'
import { findPart, parts, placeOf } from './parts.ts'
import { lookAt, type SettingsRestore } from './restore.ts'

/**
 * Reads the target's settings anew and compares them with the backup's.
 * @param excused settings and parts that the restore itself said it could not bring
 */
export async function verifySettings(
  restore: SettingsRestore,
  excused: readonly string[],
  some = parts,
): Promise<ComponentVerification> {
  const { saved, isChosen } = restore
  const { target, unread } = await lookAt(restore, some)
  const isExcused = (setting: string) => excused.includes(setting) || excused.includes(placeOf(setting).part)
  let compared = 0
  const differences: ComponentVerification['differences'] = unread
    .filter(({ part }) => !isExcused(part.name))
    .map(({ part, reason }) => ({
      ...{ component: 'settings', kind: 'settings-unread', name: part.name },
      ...{ expected: 'to be readable', actual: reason },
    }))
  for (const { name, status, values, secrets } of saved.parts) {
    const now = target.get(name)
    if (!now || !holdsValues(status)) continue
    const isCompared = (setting: string) =>
      isChosen(setting) &&
      !isExcused(setting) &&
      ![...secrets, ...now.secrets].includes(placeOf(setting).field)
    compared += Object.keys(values).filter((field) => isCompared(`${name}.${field}`)).length
    for (const { setting, from, to } of changesTo(findPart(name) ?? { name }, now.values, values).changes)
      if (isCompared(setting))
        differences.push({
          ...{ component: 'settings', kind: 'setting', name: setting },
          expected: to === null ? null : valueText(to),
          actual: from === null ? null : valueText(from),
        })
  }
  return {
    ok: differences.length === 0,
    counts: { settingsCompared: compared, differences: differences.length },
    differences,
    findings: [],
  }
}
