import type { GrantStmt } from 'libpg-query'
import { leakproofOf, ownerOf, refusedNames, type Weakening, withoutLeakproof } from '../restore/weakened.ts'
import { type Contents, type ContentsEntry, nameOf } from '../rules/contents.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { readTrigger, type Trigger } from '../rules/platform-objects.ts'
import { decide, publicSchemaTags, type RuleFacts, satelliteTypes } from '../rules/rules.ts'
import { adopter, isAdopted, ownerOfPublic } from '../rules/schema-public.ts'
import { isWebhook } from '../rules/webhooks.ts'
import { definitionsEqual } from '../sql/definitions-equal.ts'
import { parseStatements, type Statement } from '../sql/statements.ts'
import { compareByName, type Difference } from './difference.ts'
import { withoutWeakened } from './weakened.ts'

/** Entries whose contents are compared as facts, not as definitions. */
const notSchema = ['BLOB', 'BLOB METADATA', 'MATERIALIZED VIEW DATA', 'EXTENSION']

/** The kinds of difference an operator thinks in, of the types pg_dump has. */
const kinds: Record<string, string> = {
  ACL: 'grant',
  'DEFAULT ACL': 'grant',
  COMMENT: 'comment',
  INDEX: 'index',
  'INDEX ATTACH': 'index',
  POLICY: 'policy',
  'ROW SECURITY': 'policy',
  TRIGGER: 'trigger',
  'EVENT TRIGGER': 'trigger',
  CONSTRAINT: 'constraint',
  'CHECK CONSTRAINT': 'constraint',
  'FK CONSTRAINT': 'constraint',
  PUBLICATION: 'publication',
  'PUBLICATION TABLE': 'publication',
  'PUBLICATION TABLES IN SCHEMA': 'publication',
}

interface Definition {
  kind: string
  name: string
  sql: string
  /** What the SQL does not say. */
  owner: string
  /** The entry it is about, where it has none of its own: of privileges and comments. */
  about: string | undefined
}

/** What the comparison leaves out of account. */
export interface SchemaTolerance {
  /** Whether webhook triggers were left disabled. */
  disarmed: boolean
  /** Schemas of the target: a webhook cannot be where Database Webhooks are not enabled. */
  schemas: ReadonlySet<string>
  /** What the restore before named as not brought back as it was. */
  weakened?: readonly Weakening[] | undefined
}

/** Whether a webhook trigger is not to be expected on the target. */
function isAbsentWebhook(trigger: Trigger, { disarmed, schemas }: SchemaTolerance): boolean {
  if (!isWebhook(trigger)) return false
  return !schemas.has(trigger.calls[0] ?? '') || (disarmed && isManagedSchema(trigger.schema))
}

/** An entry's definition and owner; grants in a fixed order, since their own says nothing. */
async function definitionOf(
  entry: ContentsEntry,
  transformedBy: string,
  tolerance: SchemaTolerance,
): Promise<Omit<Definition, 'about'> | undefined> {
  const ofPublic = publicSchemaTags.includes(entry.tag)
  const adopted = transformedBy === 'owned-by-the-platform' || (ofPublic && isAdopted(entry.owner))
  const trigger = entry.desc === 'TRIGGER' ? await readTrigger(entry) : undefined
  if (trigger && isAbsentWebhook(trigger, tolerance)) return undefined
  // Of a trigger on a managed table only what creates it is restored, and a webhook may have been disabled.
  const withoutState =
    transformedBy === 'user-triggers' || (tolerance.disarmed && trigger && isWebhook(trigger))
  const grants = entry.desc === 'ACL' || entry.desc === 'DEFAULT ACL'
  const sql = grants
    ? await grantsOf(entry, adopted ? adopter : undefined)
    : trigger && withoutState
      ? trigger.create
      : entry.desc === 'USER MAPPING'
        ? withoutOptions(entry.defn)
        : entry.defn
  if (grants && sql === '') return undefined
  return {
    kind: kinds[entry.desc] ?? 'object',
    // The same defaults may be those of several roles.
    name: entry.desc === 'DEFAULT ACL' ? `${nameOf(entry)} of ${entry.owner}` : nameOf(entry),
    sql: sql.trim(),
    // Of schema public it is compared once, whether the dump has an entry of the schema or not.
    owner: ofPublic
      ? ''
      : `${adopted ? adopter : entry.owner}${entry.accessMethod && ` (${entry.accessMethod})`}`,
  }
}

/** Of a user mapping: who may not read its options has none in the dump, so they are compared as facts. */
function withoutOptions(definition: string): string {
  return definition.replace(/ OPTIONS \(\n.*$/s, ';')
}

/** Grants in a fixed order, since their own says nothing; without those an owner needs none of. */
async function grantsOf(entry: ContentsEntry, newOwner: string | undefined): Promise<string> {
  const statements = await parseStatements(entry.defn, 'database/compare')
  const isAboutAll = (statement: GrantStmt, role: string | undefined) =>
    role !== undefined &&
    statement.grantees?.every((grantee) => 'RoleSpec' in grantee && grantee.RoleSpec.rolename === role)
  // What is adopted has the usual rights of its new owner, whatever the former one had.
  const isOfOwner = ({ node }: Statement) =>
    newOwner !== undefined &&
    'GrantStmt' in node &&
    (isAboutAll(node.GrantStmt, newOwner) ||
      (node.GrantStmt.is_grant !== true && isAboutAll(node.GrantStmt, entry.owner)))
  return statements
    .filter((statement) => !isOfOwner(statement))
    .map(({ text }) => `${text};`)
    .sort()
    .join('\n')
}

/** Whether an entry only says that a column lacks the default of a parent's; some client programs say so of fewer. */
function isNoDefault({ desc, defn }: ContentsEntry): boolean {
  return desc === 'DEFAULT' && defn.trimEnd().endsWith(' SET DEFAULT NULL;')
}

/** The definitions of everything the rules restore. */
async function definitions(
  contents: Contents,
  facts: RuleFacts,
  tolerance: SchemaTolerance,
): Promise<Definition[]> {
  const byId = new Map(contents.entries.map((entry) => [entry.dumpId, entry]))
  const owner = ownerOfPublic(contents.entries)
  const all: Definition[] = [{ kind: 'object', name: 'SCHEMA public', sql: '', owner, about: undefined }]
  for (const { entry, action, rule } of decide(contents.entries, facts)) {
    const subject = byId.get(entry.dependencies[0] ?? 0)
    const ofLargeObject = subject?.desc.startsWith('BLOB') ?? false
    if (
      rule.id === 'schema-public' ||
      action === 'drop' ||
      entry.section === 'data' ||
      ofLargeObject ||
      notSchema.includes(entry.desc) ||
      isNoDefault(entry)
    )
      continue
    const definition = await definitionOf(entry, action === 'transform' ? rule.id : '', tolerance)
    // Several roles' default privileges are one entry's name.
    const named = entry.desc === 'DEFAULT ACL' ? entry : subject
    const isAbout = named !== undefined && [...satelliteTypes, 'DEFAULT ACL'].includes(entry.desc)
    const about = isAbout ? nameOf(named) : undefined
    if (definition) all.push({ ...definition, about })
  }
  return all
}

/**
 * Compares two databases by what the rules restore of their tables of contents. What pg_dump -s prints is made of
 * nothing else, and here each difference has a name.
 */
export async function compareSchema(
  expected: { contents: Contents; facts: RuleFacts },
  actual: { contents: Contents; facts: RuleFacts },
  tolerance: SchemaTolerance,
): Promise<Difference[]> {
  const sameVersions = versionsOf(expected.contents) === versionsOf(actual.contents)
  const refused = refusedNames(tolerance.weakened ?? [])
  const found = withRefusedOwners(expected.contents, actual.contents, refused)
  const [left, right] = await withoutWeakened(
    await definitions(expected.contents, expected.facts, tolerance),
    await definitions(found, actual.facts, tolerance),
    tolerance.weakened ?? [],
    sameVersions,
  )
  await unifySpelling(left, right, sameVersions)
  acceptNotLeakproof(left, right, refused)
  const ofKind = (list: Definition[], kind: string) =>
    list
      .filter((each) => each.kind === kind)
      .map(({ name, sql, owner }) => [name, `${sql}\n-- owner: ${owner}`] as const)
  const all = new Set([...left, ...right].map(({ kind }) => kind))
  return [...all].flatMap((kind) => compareByName(kind, ofKind(left, kind), ofKind(right, kind)))
}

/**
 * The target's contents with the owners of the backup, where the target refused them and the restore named it: whoever has it
 * instead is no difference, also where that is a role of the platform's, whose own things are not compared.
 */
function withRefusedOwners(expected: Contents, actual: Contents, refused: ReadonlySet<string>): Contents {
  if (refused.size === 0) return actual
  const owners = new Map(expected.entries.map((entry) => [nameOf(entry), entry.owner]))
  const entries = actual.entries.map((entry) => {
    const owner = refused.has(ownerOf(nameOf(entry))) ? owners.get(nameOf(entry)) : undefined
    return owner === undefined ? entry : { ...entry, owner }
  })
  return { ...actual, entries }
}

/** Where the target refused to call a function leakproof, and the restore named it, the same without that is no difference. */
function acceptNotLeakproof(
  left: readonly Definition[],
  right: readonly Definition[],
  refused: ReadonlySet<string>,
): void {
  for (const definition of left) {
    const found =
      refused.has(leakproofOf(definition.name)) && right.find(({ name }) => name === definition.name)
    if (found && found.sql === withoutLeakproof(definition.sql)) found.sql = definition.sql
  }
}

/** What decides how a definition is spelt: the majors of server and pg_dump. */
function versionsOf({ serverVersion, dumpVersion }: Contents): string {
  return `${Number.parseInt(serverVersion, 10)} ${Number.parseInt(dumpVersion, 10)}`
}

/** Gives definitions that differ in their spelling alone the spelling of the left side. */
async function unifySpelling(
  left: readonly Definition[],
  right: readonly Definition[],
  sameVersions: boolean,
): Promise<void> {
  const byName = Map.groupBy(left, ({ name }) => name)
  for (const definition of right) {
    const candidates = byName.get(definition.name) ?? []
    if (candidates.some(({ sql }) => sql === definition.sql)) continue
    for (const { sql } of candidates)
      if (await definitionsEqual(sql, definition.sql, sameVersions)) {
        definition.sql = sql
        break
      }
  }
}
