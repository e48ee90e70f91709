import type { Membership, Role, Setting } from '../facts/all.ts'
import {
  forbidsWrites,
  isMaker,
  isRestorable,
  isRestorableMembership,
  membershipName,
  settingName,
} from '../rules/roles.ts'
import type { Difference } from './difference.ts'
import { compare, compareSecretly, type Named, type Rows, where } from './sides.ts'

/** @param refused as `role reader: bypassRls`, of attributes the target did not let be set */
export function compareRoles(rows: Rows<Role>, refused: ReadonlySet<string>): Difference[] {
  const describe = ({ name, superuser: _, password: __, ...attributes }: Role): Named => [
    name,
    JSON.stringify(attributes, (key, value) => (refused.has(`role ${name}: ${key}`) ? undefined : value)),
  ]
  const passwords = (list: Role[]) => new Map(list.map(({ name, password }) => [name, password]))
  return [
    ...compare('role', rows, describe),
    ...compareSecretly('role password', passwords(rows.expected), passwords(rows.actual)),
  ]
}

/**
 * Since PostgreSQL 16 whoever creates a role is its member, and administers it; INHERIT and SET are compared where both
 * sides have them.
 */
export function compareMemberships(rows: Rows<Membership>, user: string, rollback: boolean): Difference[] {
  const hasOptions = (list: Membership[]) => list.some(({ inherit }) => inherit !== null)
  const options = hasOptions(rows.expected) && hasOptions(rows.actual)
  const created = hasOptions(rows.expected) || hasOptions(rows.actual)
  const expected = rows.expected.filter((each) => isRestorableMembership(each) && !isMaker(each, user))
  const wanted = new Set(expected.map(membershipName))
  const actual = rows.actual.filter((each) =>
    rollback
      ? isRestorableMembership(each) && !isMaker(each, user)
      : each.member !== user || wanted.has(membershipName(each)),
  )
  return compare('membership', { expected, actual }, ({ role, member, admin, inherit, set }) => [
    `${role} to ${member}`,
    JSON.stringify({
      ...(member === user && created ? {} : { admin }),
      ...(options ? { inherit, set } : {}),
    }),
  ])
}

/** One that a restore leaves out may have been made since. */
export function compareSettings(rows: Rows<Setting>): Difference[] {
  const leftOut = new Set(rows.expected.filter(forbidsWrites).map(settingName))
  const counts = (setting: Setting) => isRestorable(setting) && !leftOut.has(settingName(setting))
  return compare('setting', where(rows, counts), (setting) => [
    settingName(setting).replace(/^setting /, ''),
    setting.value,
  ])
}
