import type pg from 'pg'
import { type Finding, finding } from '../../common/findings.ts'
import type { PsqlSession } from '../connect/psql.ts'
import {
  type Membership,
  memberships,
  readFact,
  roleSettings,
  type Server,
  type Setting,
} from '../facts/all.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import { isReservedRole } from '../rules/platform.ts'
import { membershipName, settingName } from '../rules/roles.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import { type FallibleStatement, runIgnoringPrivilegeErrors } from './ignore-privilege-error.ts'
import type { Weakening } from './weakened.ts'

/** What belongs to the roles of a target. */
export interface RoleBelongings {
  memberships: Membership[]
  settings: Setting[]
}

interface TargetNames {
  user: string
  roles: ReadonlySet<string>
  installed: readonly { name: string }[]
  belongings: RoleBelongings
  server: Server
}

type Known = Pick<CatalogFacts, 'roles' | 'extensions'>

/** Memberships and settings of all roles of a target. */
export async function readBelongings(client: pg.Client, server: Server): Promise<RoleBelongings> {
  return {
    memberships: await Array.fromAsync(readFact(client, memberships, server)),
    settings: await Array.fromAsync(readFact(client, roleSettings, server)),
  }
}

/** Custom roles of the target that the backup does not know; never the one the restore works as. */
function surplusRoles({ roles }: Known, target: TargetNames): string[] {
  const known = new Set(roles.map(({ name }) => name))
  return [...target.roles].filter((name) => name !== target.user && !known.has(name) && !isReservedRole(name))
}

function surplusExtensions({ extensions }: Known, { installed }: TargetNames): string[] {
  const known = new Set(extensions.map(({ name }) => name))
  return installed.map(({ name }) => name).filter((name) => !known.has(name))
}

/** What an ordinary restore leaves alone, by name: roles the backup does not know with what is theirs, and extensions. */
export function onlyAtTargetFindings(known: Known, target: TargetNames): Finding[] {
  const roles = surplusRoles(known, target)
  const { memberships: given, settings } = target.belongings
  const names = [
    ...roles.map((name) => `role ${name}`),
    ...given
      .filter(({ role, member }) => roles.includes(role) || roles.includes(member))
      // Who makes a role is its member without more ado.
      .filter(({ member, role }) => !(member === target.user && roles.includes(role)))
      .map(membershipName),
    ...settings.filter(({ role }) => role !== null && roles.includes(role)).map(settingName),
    ...surplusExtensions(known, target).map((name) => `extension ${name}`),
  ]
  if (names.length === 0) return []
  const message =
    'Only the target has these; the backup does not know them, and the restore leaves them as they are.'
  return [finding({ component: 'database', severity: 'note', kind: 'only-at-target', message, names })]
}

/** Runs them; what is refused is still at the target, and named. */
async function drop(session: PsqlSession, attempts: readonly (FallibleStatement & { shown: string })[]) {
  const shown = new Map(attempts.map((each) => [each.name, each.shown]))
  return (await runIgnoringPrivilegeErrors(session, attempts)).map(
    ({ name, reason }): Weakening => ({
      kind: 'refused',
      name,
      reason: `it was not there before the restore and could not be dropped: ${reason}`,
      sql: `${shown.get(name)}`,
    }),
  )
}

/**
 * For a rollback, once the target is emptied: drops the extensions that came after its backup, the youngest first.
 * @returns those that something is still made of, or that are another's
 */
export async function dropSurplusExtensions(
  session: PsqlSession,
  known: Known,
  target: TargetNames,
): Promise<Weakening[]> {
  const age = new Map(target.installed.map(({ name }, index) => [name, index]))
  const names = surplusExtensions(known, target).sort((a, b) => (age.get(b) ?? 0) - (age.get(a) ?? 0))
  const attempts = names.map((name) => ({
    name: `extension ${name}`,
    sql: `DROP EXTENSION IF EXISTS ${quoteName(name)}`,
    shown: `DROP EXTENSION ${quoteName(name)}`,
  }))
  const left = new Set((await drop(session, attempts)).map(({ name }) => name))
  // Some are made of others that are dropped by now.
  return drop(
    session,
    attempts.filter(({ name }) => left.has(name)),
  )
}

/**
 * For a rollback, last of all that is about roles: drops those that came after the target's backup, with their
 * memberships, settings and privileges; never what they own.
 * @returns those that own something, or that another made
 */
export async function dropSurplusRoles(
  session: PsqlSession,
  known: Known,
  target: TargetNames,
): Promise<Weakening[]> {
  return drop(
    session,
    surplusRoles(known, target).map((name) => ({
      name: `role ${name}`,
      sql: dropRole(name, target),
      shown: `DROP ROLE ${quoteName(name)}`,
    })),
  )
}

function dropRole(name: string, { server, user, belongings }: TargetNames): string {
  const quoted = quoteName(name)
  const leave = belongings.memberships.some(({ role, member }) => role === user && member === name)
    ? `REVOKE ${quoteName(user)} FROM ${quoted}; `
    : ''
  const owns = `EXISTS (SELECT FROM pg_catalog.pg_shdepend WHERE refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
    AND refobjid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ${quoteText(name)}) AND deptype = 'o')`
  // Whose privileges are taken has to be a role one is a member of.
  return `IF ${owns} THEN RAISE EXCEPTION 'it owns objects' USING ERRCODE = 'dependent_objects_still_exist'; END IF; ${leave}GRANT ${quoted} TO CURRENT_USER${server.version >= 160_000 ? ' WITH INHERIT TRUE' : ''}; DROP OWNED BY ${quoted}; DROP ROLE ${quoted}`
}
