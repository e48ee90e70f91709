import { z } from 'zod'
import type { DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import {
  canReadPasswords,
  databaseSettings,
  type Membership,
  memberships,
  type Role,
  roleSettings,
  rolesFact,
  type Setting,
} from '../facts/all.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import { isReservedMembership, isReservedRole } from '../rules/platform.ts'
import { withSuperuser } from '../rules/privileged.ts'
import {
  forbidsWrites,
  isMaker,
  isRestorable,
  membershipName,
  type RoleFacts,
  type RoleStatement,
  type RoleTarget,
  roleStatements,
  settingName,
} from '../rules/roles.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import { type Refusal, runIgnoringPrivilegeErrors } from './ignore-privilege-error.ts'
import type { Target } from './target.ts'
import type { Weakening } from './weakened.ts'

function roleTarget(target: Target): RoleTarget {
  const { server, database, user, roles } = target
  return { serverVersion: server.version, database, user, existing: roles }
}

/** Runs statements; optional ones that are refused are undone alone and named. */
async function run(session: PsqlSession, statements: readonly RoleStatement[]): Promise<Weakening[]> {
  const required = statements.filter(({ optional }) => !optional)
  if (required.length > 0) await session.run(required.map(({ sql }) => `${sql};\n`).join(''))
  return refused(
    await runIgnoringPrivilegeErrors(
      session,
      statements.filter(({ optional }) => optional),
    ),
  )
}

function refused(refusals: readonly Refusal[]): Weakening[] {
  return refusals.map(({ name, reason, sql }) => ({
    kind: 'refused',
    name,
    reason,
    sql: withoutPassword(sql),
  }))
}

/** A verifier is nothing to show. */
function withoutPassword(sql: string): string {
  return sql.replace(/ PASSWORD (?:'[^']*'|E'[^']*')/, ' PASSWORD …')
}

/**
 * Creates the recorded custom roles, or gives those that exist the recorded attributes where they have others.
 * @returns what the target refused
 */
export async function createRoles(
  session: PsqlSession,
  recorded: CatalogFacts,
  target: Target,
): Promise<Weakening[]> {
  if (recorded.roles.length === 0) return []
  const [readable] = await session.rows(
    `SELECT ${canReadPasswords} AS passwords`,
    z.object({ passwords: z.boolean() }),
  )
  const fact = rolesFact({ passwords: readable?.passwords ?? false })
  const present = new Map(
    (await session.rows(fact.sql(target.server) ?? '', fact.row)).map((role) => [role.name, role]),
  )
  const changed = recorded.roles.filter((role) => !isAsRecorded(role, present.get(role.name)))
  const facts: RoleFacts = { roles: changed, memberships: [], settings: [] }
  const same = new Set(changed.flatMap((role) => sameAttributes(role, present.get(role.name))))
  return run(
    session,
    roleStatements(facts, roleTarget(target)).filter(({ name }) => !same.has(name)),
  )
}

/** What is as recorded already, of that which a statement of its own gives: `role reader: bypassRls`. */
function sameAttributes(role: Role, present: Role | undefined): string[] {
  return (['replication', 'bypassRls', 'comment'] as const)
    .filter((key) => present !== undefined && role[key] === present[key])
    .map((key) => `role ${role.name}: ${key}`)
}

/** A password that the backup does not know is left as it is. */
function isAsRecorded(role: Role, present: Role | undefined): boolean {
  if (present === undefined) return false
  const comparable = ({ superuser: _, password, ...rest }: Role) =>
    JSON.stringify([rest, role.password === null ? null : password])
  return comparable(role) === comparable(present)
}

/**
 * Memberships as recorded. Those between recorded roles that the backup does not have are revoked;
 * roles it does not know, and memberships that are as recorded, are left alone.
 * @param rollback whether the session's own memberships beyond the recorded are taken back as well
 * @returns what the target refused
 */
export async function restoreMemberships(
  session: PsqlSession,
  recorded: CatalogFacts,
  target: Target,
  rollback = false,
): Promise<Weakening[]> {
  const known = new Set(recorded.roles.map(({ name }) => name))
  const wanted = new Map(recorded.memberships.map((each) => [membershipName(each), each]))
  const present = await session.rows(memberships.sql(target.server) ?? '', memberships.row)
  const concerned = present.filter(
    ({ role, member }) =>
      (known.has(role) || isReservedRole(role)) &&
      (known.has(member) || isReservedRole(member)) &&
      !isReservedMembership(role),
  )
  const surplus = concerned.filter((each) => {
    const known = wanted.get(membershipName(each))
    if (each.member !== target.user) return known === undefined
    // To be a role's maker is not to use it, and nothing that can be revoked.
    const isUsed = (one: Membership | undefined) => one !== undefined && !isMaker(one, target.user)
    return rollback && isUsed(each) && !isUsed(known)
  })
  const tooMuch = concerned.filter((each) => each.admin && wanted.get(membershipName(each))?.admin === false)
  const revoke = (each: Membership, what: string) => ({
    name: membershipName(each),
    sql: `REVOKE ${what}${quoteName(each.role)} FROM ${quoteName(each.member)}`,
  })
  const taken = await runIgnoringPrivilegeErrors(session, [
    ...surplus.map((each) => revoke(each, '')),
    ...tooMuch
      .filter(({ member }) => member !== target.user)
      .map((each) => revoke(each, 'ADMIN OPTION FOR ')),
  ])
  const there = new Map(present.map((each) => [membershipName(each), each]))
  const lacking = recorded.memberships.filter(
    (each) => !isEnough(each, there.get(membershipName(each)), target.user),
  )
  const facts: RoleFacts = { roles: [], memberships: lacking, settings: [] }
  const given = await run(session, roleStatements(facts, roleTarget(target)))
  return [...refused(taken), ...given]
}

/** Whether a membership is there with all that is wanted of it. Who created a role administers it, whatever is wanted. */
function isEnough(wanted: Membership, present: Membership | undefined, user: string): boolean {
  if (present === undefined) return false
  const admin = wanted.admin === present.admin || (wanted.member === user && present.inherit !== null)
  // Before 16 a membership always lets the member be the role, which to have created it does not.
  const options =
    wanted.inherit === null
      ? present.set !== false
      : present.inherit === null || (wanted.inherit === present.inherit && wanted.set === present.set)
  return admin && options
}

const keyOf = ({ role, database, name }: Setting) => JSON.stringify([role, database !== null, name])

/**
 * Settings of roles and of the database, and its comment, as recorded. Those of the recorded roles and of the database
 * that the backup does not have are taken back, on the platform's roles as well, as far as they are the user's to make;
 * those that are as recorded are left alone. None of them forbids writing.
 * @param superuser of a sandbox, where postgres may not set anything for a platform role
 * @returns names of what was set as superuser, and what the target refused
 */
export async function restoreSettings(
  session: PsqlSession,
  recorded: CatalogFacts,
  target: Target,
  superuser: DatabaseConnection | undefined,
): Promise<{ asSuperuser: string[]; weakened: Weakening[] }> {
  const comment = recorded.databaseComment === null ? 'NULL' : quoteText(recorded.databaseComment)
  await session.run(`COMMENT ON DATABASE ${quoteName(target.database)} IS ${comment};\n`)
  return makeSettings({ session, recorded, target, superuser }, [roleSettings, databaseSettings])
}

/** The same of roles alone. */
export async function restoreRoleSettings(
  session: PsqlSession,
  recorded: CatalogFacts,
  target: Target,
  superuser: DatabaseConnection | undefined,
): Promise<{ asSuperuser: string[]; weakened: Weakening[] }> {
  return makeSettings({ session, recorded, target, superuser }, [roleSettings])
}

async function makeSettings(
  about: {
    session: PsqlSession
    recorded: CatalogFacts
    target: Target
    superuser: DatabaseConnection | undefined
  },
  facts: readonly (typeof roleSettings)[],
): Promise<{ asSuperuser: string[]; weakened: Weakening[] }> {
  const { session, recorded, target, superuser } = about
  const present = new Map<string, Setting>()
  for (const fact of facts) {
    const sql = fact.sql(target.server)
    if (sql !== undefined) for (const row of await session.rows(sql, fact.row)) present.set(keyOf(row), row)
  }
  const made = recorded.settings.filter((setting) => !forbidsWrites(setting))
  const wanted = new Set(made.map(keyOf))
  const known = new Set<string | null>([null, ...recorded.roles.map(({ name }) => name)])
  const surplus = [...present.values()].filter(
    (setting) =>
      (known.has(setting.role) || isReservedRole(setting.role ?? '')) &&
      isRestorable(setting) &&
      !wanted.has(keyOf(setting)),
  )
  const changed = made.filter((setting) => present.get(keyOf(setting))?.value !== setting.value)
  const make = async (concerns: (setting: Setting) => boolean) => [
    ...(await run(
      session,
      surplus.filter(concerns).map((setting) => resetSetting(setting, target)),
    )),
    ...(await run(
      session,
      roleStatements({ roles: [], memberships: [], settings: changed.filter(concerns) }, roleTarget(target)),
    )),
  ]
  // By supautils a hosted project lets postgres make them.
  const ofPlatform = ({ role, context }: Setting) =>
    context !== 'user' || (role !== null && role !== target.user && isReservedRole(role))
  const weakened = await make((setting) => !ofPlatform(setting))
  const platform = [...surplus, ...changed].filter((setting) => ofPlatform(setting) && isRestorable(setting))
  if (!superuser || platform.length === 0)
    return { asSuperuser: [], weakened: [...weakened, ...(await make(ofPlatform))] }
  await withSuperuser(superuser, session, target.user, async () => {
    weakened.push(...(await make(ofPlatform)))
  })
  return {
    asSuperuser: platform.map(
      ({ role, name }) => `${role === null ? 'DATABASE' : `ROLE ${role}`} SET ${name}`,
    ),
    weakened,
  }
}

function resetSetting(setting: Setting, target: Target): RoleStatement {
  const { role, database, name } = setting
  const current = quoteName(target.database)
  const subject =
    role === null
      ? `DATABASE ${current}`
      : `ROLE ${quoteName(role)}${database === null ? '' : ` IN DATABASE ${current}`}`
  const sql = `ALTER ${subject} RESET ${quoteName(...name.split('.'))}`
  return { name: settingName(setting), sql, optional: true }
}
