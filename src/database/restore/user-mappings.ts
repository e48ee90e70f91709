import { type Finding, finding } from '../../common/findings.ts'
import { hideMappings, mappingName } from '../capture/foreseen.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { type UserMapping, userMappings } from '../facts/all.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import { type FallibleStatement, runIgnoringPrivilegeErrors } from './ignore-privilege-error.ts'
import type { Target } from './target.ts'
import type { Weakening } from './weakened.ts'

/**
 * Gives the user mappings that the dump created the recorded options, which pg_dump sees only of its own role.
 * @returns what the target refused
 */
export async function restoreUserMappings(
  session: PsqlSession,
  recorded: readonly UserMapping[] | null,
  target: Target,
): Promise<Weakening[]> {
  const known = (recorded ?? []).filter(({ options }) => options !== null && options.length > 0)
  if (known.length === 0) return []
  hideMappings(known)
  const present = new Map(
    (await session.rows(userMappings.sql(target.server) ?? '', userMappings.row)).map((mapping) => [
      mappingName(mapping),
      mapping,
    ]),
  )
  const refused = await runIgnoringPrivilegeErrors(
    session,
    known.flatMap((mapping) => {
      const there = present.get(mappingName(mapping))
      return there?.readable ? alterMapping(mapping, there) : []
    }),
  )
  return refused.map(({ name, reason }) => ({ kind: 'refused', name, reason }))
}

function alterMapping(wanted: UserMapping, present: UserMapping): FallibleStatement[] {
  const there = new Set(present.options ?? [])
  const missing = (wanted.options ?? []).filter((option) => !there.has(option))
  if (missing.length === 0) return []
  const parts = missing.map((option) => {
    const at = option.indexOf('=')
    return `ADD ${quoteName(option.slice(0, at))} ${quoteText(option.slice(at + 1))}`
  })
  const user = wanted.user === null ? 'PUBLIC' : quoteName(wanted.user)
  const sql = `ALTER USER MAPPING FOR ${user} SERVER ${quoteName(wanted.server)} OPTIONS (${parts.join(', ')})`
  return [{ name: `user mapping ${mappingName(wanted)}`, sql }]
}

/** What is to be done by hand for the mappings whose options the backup does not know. */
export function userMappingFindings(recorded: readonly UserMapping[] | null): Finding[] {
  const names = (recorded ?? []).filter(({ readable }) => !readable).map(mappingName)
  if (names.length === 0) return []
  const message =
    'The backup could not read the options of these user mappings: set them by hand (ALTER USER MAPPING FOR … SERVER … OPTIONS (ADD user …, ADD password …)).'
  return [
    finding({ component: 'database', severity: 'manual', kind: 'user-mapping-unreadable', message, names }),
  ]
}

/** The options of each mapping that can be read, in a fixed order, as text that must not be shown. */
export function mappingOptions(mappings: readonly UserMapping[]): Map<string, string | null> {
  return new Map(
    mappings.map((mapping) => [
      mappingName(mapping),
      mapping.readable ? JSON.stringify([...(mapping.options ?? [])].sort()) : null,
    ]),
  )
}
