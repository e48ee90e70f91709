import { BackupError, ExitCode } from '../common/errors.ts'
import { closestName } from '../config/suggest.ts'
import { changesTo, type SettingChange } from './changes.ts'
import { holdsValues, type SavedSettings } from './files.ts'
import type { Part, PartState } from './part.ts'
import { findPart, placeOf } from './parts.ts'
import { stackPart } from './stack.ts'

/** A target's settings by the names of parts; a part that could not be read is not among them. */
export type TargetSettings = ReadonlyMap<string, PartState>

/** What a restore would make of a target's settings. */
export interface SettingsPlan {
  /** By part, in the order in which they are written. */
  writes: { part: Part; changes: SettingChange[] }[]
  /** Left as they are at the target until a secret is set there, which is the second of each pair. */
  held: { change: SettingChange; secret: string }[]
  /** Set at the target and not in the backup, and the API has no way to unset them. */
  stuck: SettingChange[]
  /** Set at the target, and of which the backup does not know whether they were set: they stay. */
  unknown: string[]
}

/**
 * Whether a setting was chosen: all are where none was named; a part's name stands for all of its settings.
 * @throws BackupError SETTING_UNKNOWN for a name that the backup does not have
 */
export function chooser(saved: SavedSettings, chosen: readonly string[]): (setting: string) => boolean {
  const known = saved.parts
    .filter(({ name }) => findPart(name)?.writer || name === stackPart.name)
    .flatMap(({ name, values }) => [name, ...Object.keys(values).map((field) => `${name}.${field}`)])
  for (const name of chosen) if (!known.includes(name)) throw settingUnknown(name, known)
  return (setting) =>
    chosen.length === 0 || chosen.includes(setting) || chosen.includes(placeOf(setting).part)
}

function settingUnknown(name: string, known: readonly string[]): BackupError {
  const closest = closestName(name, known)
  return new BackupError({
    code: 'SETTING_UNKNOWN',
    message: `The backup has no setting ${name} that could be restored.`,
    suggestion: `${closest ? `Did you mean ${closest}? ` : ''}restore.sh --preview --only settings lists those that differ from the target’s.`,
    phase: 'settings/choose',
    exitCode: ExitCode.usage,
  })
}

/** What has to be written so that the target's settings are the backup's. */
export function planRestore(
  saved: SavedSettings,
  target: TargetSettings,
  isChosen: (setting: string) => boolean,
  parts: readonly Part[],
): SettingsPlan {
  const plan: SettingsPlan = { writes: [], held: [], stuck: [], unknown: [] }
  for (const part of parts) {
    const { writer } = part
    const wanted = saved.parts.find(({ name }) => name === part.name)
    const now = target.get(part.name)
    if (!writer || !wanted || !now || !holdsValues(wanted.status)) continue
    // A secret of one side is not to be compared with the other's: neither is in a backup.
    const isSecret = (setting: string) => [...wanted.secrets, ...now.secrets].includes(placeOf(setting).field)
    const isWanted = (setting: string) => isChosen(setting) && !isSecret(setting)
    const found = changesTo(part, now.values, wanted.values)
    const changes = found.changes.filter(({ setting }) => isWanted(setting))
    plan.unknown.push(...found.unknown.filter(isWanted))
    const writes: SettingChange[] = []
    for (const change of changes) {
      const secret = secretNeeded(change, wanted.secrets, now.secrets)
      if (secret !== undefined) plan.held.push({ change, secret: `${part.name}.${secret}` })
      else if (change.to === null && !writer.canUnset(placeOf(change.setting).field)) plan.stuck.push(change)
      else writes.push(change)
    }
    if (writes.length > 0) plan.writes.push({ part, changes: writes })
  }
  return plan
}

/** The secrets without which what a switch turns on fails, by the switch: one of them that the backup's project had is enough to wait for. */
const needed: readonly [pattern: RegExp, secrets: (name: string) => string[]][] = [
  [/^external_(?!phone)(\w+)_enabled$/, (name) => [`external_${name}_secret`]],
  [/^hook_(\w+)_enabled$/, (name) => [`hook_${name}_secrets`, `hook_${name}_uri`]],
  [/^security_(captcha)_enabled$/, () => ['security_captcha_secret']],
  [/^(smtp)_(?:host|port|user|admin_email|sender_name)$/, () => ['smtp_pass']],
  [
    /^external_(phone)_enabled$/,
    () => [
      ...['sms_twilio_auth_token', 'sms_twilio_verify_auth_token', 'sms_messagebird_access_key'],
      ...['sms_textlocal_api_key', 'sms_vonage_api_key', 'sms_vonage_api_secret'],
    ],
  ],
]

/** The secret that is set in the backup's project and not at the target, and that this setting does not work without. */
function secretNeeded(
  { setting, to }: SettingChange,
  origin: readonly string[],
  target: readonly string[],
): string | undefined {
  const { field } = placeOf(setting)
  // Turning something off needs nothing.
  if (to === false || to === null) return undefined
  for (const [pattern, secrets] of needed) {
    const name = pattern.exec(field)?.[1]
    if (name === undefined) continue
    return secrets(name).find((secret) => origin.includes(secret) && !target.includes(secret))
  }
  return undefined
}
