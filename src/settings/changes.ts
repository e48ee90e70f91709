import { isDeepStrictEqual } from 'node:util'
import { shownName } from '../common/shown-name.ts'
import type { Values } from './part.ts'

/** A setting that is not the same on both sides. Null: nobody has set it. */
export interface SettingChange {
  /** `auth.site_url`. */
  setting: string
  from: unknown
  to: unknown
}

/** What differs between two states of a part's settings, in the order of their names. */
export function changesOf(part: string, from: Values, to: Values): SettingChange[] {
  const fields = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted()
  return fields.flatMap((field) => {
    const [before, after] = [from[field] ?? null, to[field] ?? null]
    if (isSame(before, after)) return []
    return [{ setting: `${part}.${field}`, from: before, to: after }]
  })
}

/**
 * Divides what differs between a target and a backup of a part: a backup of an API that did not tell a setting, or by another name,
 * says nothing of it, and not that nobody has set it.
 */
export function changesTo(
  { name, complete }: { name: string; complete?: boolean },
  from: Values,
  to: Values,
): { changes: SettingChange[]; unknown: string[] } {
  const isUnknown = ({ setting }: SettingChange) =>
    complete === true && !(setting.slice(name.length + 1) in to)
  const all = changesOf(name, from, to)
  return {
    changes: all.filter((change) => !isUnknown(change)),
    unknown: all.filter(isUnknown).map(({ setting }) => setting),
  }
}

/** Text that nobody has set is null or empty, as the platform likes. */
function isSame(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) => (value === '' ? null : value)
  return isDeepStrictEqual(plain(one), plain(other))
}

/** Characters of a value that a line for people has room for. */
const shown = 70

/** A change as a line for people: `~ auth.site_url: "https://a" → "https://b"`. */
export function changeLine({ setting, from, to }: SettingChange): string {
  const sign = from === null ? '+' : to === null ? '-' : '~'
  const told = [from, to].filter((value) => value !== null).map(valueText)
  return `${sign} ${shownName(setting)}: ${told.join(' → ')}`
}

/** A value in one line; of a mail's text the beginning. */
export function valueText(value: unknown): string {
  const text = JSON.stringify(value).replaceAll(/\p{Cc}/gu, '?')
  return text.length > shown ? `${text.slice(0, shown)}…` : text
}
