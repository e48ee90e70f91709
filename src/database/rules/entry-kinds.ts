import type { Node } from 'libpg-query'
import { BackupError } from '../../common/errors.ts'
import { parseStatements } from '../sql/statements.ts'
import { type ContentsEntry, nameOf } from './contents.ts'
import type { Decision } from './rules.ts'

const phase = 'database/restore'

/** Of the kinds of entries the first statement, by its name in PostgreSQL's parse tree, and those that may follow it. */
interface Kind {
  first: readonly string[]
  next?: readonly string[]
}

const alterTable: Kind = { first: ['AlterTableStmt'] }
const grants: Kind = {
  first: ['GrantStmt', 'GrantRoleStmt', 'AlterDefaultPrivilegesStmt', 'VariableSetStmt'],
  next: ['GrantStmt', 'GrantRoleStmt', 'AlterDefaultPrivilegesStmt', 'VariableSetStmt'],
}
const define: Kind = { first: ['DefineStmt'] }
const routine: Kind = {
  first: ['CreateFunctionStmt'],
  next: ['AlterFunctionStmt', 'AlterObjectDependsStmt'],
}

/** What pg_dump makes of each kind of object. */
export const kinds: Readonly<Record<string, Kind>> = {
  'ACCESS METHOD': { first: ['CreateAmStmt'] },
  ACL: grants,
  AGGREGATE: define,
  CAST: { first: ['CreateCastStmt'] },
  'CHECK CONSTRAINT': {
    first: ['AlterTableStmt', 'AlterDomainStmt'],
    next: ['AlterTableStmt', 'CommentStmt'],
  },
  COLLATION: define,
  COMMENT: { first: ['CommentStmt'], next: ['CommentStmt'] },
  CONSTRAINT: { first: ['AlterTableStmt'], next: ['AlterTableStmt', 'ClusterStmt', 'CommentStmt'] },
  CONVERSION: { first: ['CreateConversionStmt'] },
  DEFAULT: alterTable,
  'DEFAULT ACL': grants,
  DOMAIN: { first: ['CreateDomainStmt'], next: ['CommentStmt', 'AlterDomainStmt'] },
  'EVENT TRIGGER': { first: ['CreateEventTrigStmt'], next: ['AlterEventTrigStmt'] },
  EXTENSION: { first: ['CreateExtensionStmt'] },
  'FK CONSTRAINT': { first: ['AlterTableStmt'], next: ['AlterTableStmt', 'CommentStmt'] },
  'FOREIGN DATA WRAPPER': { first: ['CreateFdwStmt'] },
  'FOREIGN TABLE': { first: ['CreateForeignTableStmt'], next: ['AlterTableStmt', 'CommentStmt'] },
  FUNCTION: routine,
  INDEX: { first: ['IndexStmt'], next: ['AlterTableStmt', 'CommentStmt', 'AlterObjectDependsStmt'] },
  'INDEX ATTACH': alterTable,
  'MATERIALIZED VIEW': {
    first: ['CreateTableAsStmt'],
    next: ['AlterTableStmt', 'AlterObjectDependsStmt'],
  },
  'MATERIALIZED VIEW DATA': { first: ['RefreshMatViewStmt'] },
  OPERATOR: define,
  'OPERATOR CLASS': { first: ['CreateOpClassStmt'] },
  'OPERATOR FAMILY': { first: ['CreateOpFamilyStmt'], next: ['AlterOpFamilyStmt'] },
  POLICY: { first: ['CreatePolicyStmt'] },
  // Without its handler, where that is one of the server's, the statement asks for the extension of its name.
  'PROCEDURAL LANGUAGE': { first: ['CreatePLangStmt', 'CreateExtensionStmt'] },
  PROCEDURE: routine,
  PUBLICATION: { first: ['CreatePublicationStmt'] },
  'PUBLICATION TABLE': { first: ['AlterPublicationStmt'] },
  'PUBLICATION TABLES IN SCHEMA': { first: ['AlterPublicationStmt'] },
  'ROW SECURITY': alterTable,
  // A view that others need before it is whole is made empty, and replaced as the rule behind it.
  RULE: { first: ['RuleStmt', 'ViewStmt'], next: ['AlterTableStmt'] },
  SCHEMA: { first: ['CreateSchemaStmt'], next: ['CommentStmt'] },
  'SECURITY LABEL': { first: ['SecLabelStmt'], next: ['SecLabelStmt'] },
  SEQUENCE: { first: ['CreateSeqStmt', 'AlterTableStmt'], next: ['AlterSeqStmt', 'AlterTableStmt'] },
  'SEQUENCE OWNED BY': { first: ['AlterSeqStmt', 'AlterTableStmt'] },
  SERVER: { first: ['CreateForeignServerStmt'] },
  'SHELL TYPE': define,
  STATISTICS: { first: ['CreateStatsStmt'], next: ['AlterStatsStmt'] },
  SUBSCRIPTION: { first: ['CreateSubscriptionStmt'], next: ['AlterSubscriptionStmt'] },
  TABLE: {
    first: ['CreateStmt'],
    next: ['AlterTableStmt', 'CommentStmt', 'AlterSeqStmt', 'ClusterStmt'],
  },
  'TABLE ATTACH': alterTable,
  'TEXT SEARCH CONFIGURATION': { first: ['DefineStmt'], next: ['AlterTSConfigurationStmt'] },
  'TEXT SEARCH DICTIONARY': define,
  'TEXT SEARCH PARSER': define,
  'TEXT SEARCH TEMPLATE': define,
  TRANSFORM: { first: ['CreateTransformStmt'] },
  // Of a trigger that a partition has of its root, the dump only says in which state it is.
  TRIGGER: {
    first: ['CreateTrigStmt', 'AlterTableStmt'],
    next: ['AlterTableStmt', 'AlterObjectDependsStmt'],
  },
  TYPE: {
    first: ['CompositeTypeStmt', 'CreateEnumStmt', 'CreateRangeStmt', 'DefineStmt'],
    next: ['CommentStmt', 'AlterTypeStmt', 'AlterEnumStmt'],
  },
  'USER MAPPING': { first: ['CreateUserMappingStmt'] },
  VIEW: { first: ['ViewStmt'], next: ['CommentStmt', 'AlterTableStmt'] },
}

/** A large object is made by a call of the server's own function, of whose arguments since PostgreSQL 17 a dump has no more. */
const largeObjectTypes = ['BLOB', 'BLOB METADATA']
const largeObjects = /^\s*(?:SELECT pg_catalog\.lo_create\('\d+'\);|\d+\s)*\s*$/

/** Entries without a definition that is run: rows, settings that pg_restore makes itself. */
const notRun = [
  'BLOBS',
  'DATABASE',
  'DATABASE PROPERTIES',
  'ENCODING',
  'SEARCHPATH',
  'SEQUENCE SET',
  'STATISTICS DATA',
  'STDSTRINGS',
  'SUBSCRIPTION TABLE',
  'TABLE DATA',
]

/**
 * Makes sure that an entry of a dump holds what pg_dump makes of its kind, and no other statement: a dump may come from
 * somebody else, and all of it is run.
 * @throws BackupError DUMP_ENTRY_UNEXPECTED, DUMP_STATEMENT_UNREADABLE
 */
async function checkEntry(entry: ContentsEntry): Promise<void> {
  if (notRun.includes(entry.desc) || entry.defn.trim() === '') return
  if (largeObjectTypes.includes(entry.desc)) {
    if (!largeObjects.test(entry.defn) || !/^[\d. ]*$/.test(entry.tag)) throw unexpected(entry, entry.defn)
    return
  }
  const statements = await parseStatements(entry.defn, phase)
  const expected = kinds[entry.desc]
  for (const [index, { node, text }] of statements.entries()) {
    const allowed = (index === 0 ? expected?.first : expected?.next) ?? []
    if (!allowed.includes(typeOf(node)) || !isSessionHarmless(node)) throw unexpected(entry, text)
  }
}

function typeOf(node: Node): string {
  return Object.keys(node)[0] ?? ''
}

/** The one setting a dump makes is whose privileges are granted. */
function isSessionHarmless(node: Node): boolean {
  return !('VariableSetStmt' in node) || node.VariableSetStmt.name === 'session_authorization'
}

function unexpected(entry: ContentsEntry, text: string): BackupError {
  return new BackupError({
    code: 'DUMP_ENTRY_UNEXPECTED',
    message: `The dump's entry ${nameOf(entry)} holds a statement that pg_dump does not make of such an object. Nothing of it was run.`,
    detail: text.slice(0, 500),
    suggestion:
      'Somebody may have altered this backup: do not trust it, and choose another one. If you are sure of it, please report this with the statement.',
    phase,
  })
}

/** Entries whose owner pg_restore sets by the words of the statement that drops them. */
const namedByDrop = ['AGGREGATE', 'FUNCTION', 'OPERATOR', 'OPERATOR CLASS', 'OPERATOR FAMILY', 'PROCEDURE']

async function checkDrop(entry: ContentsEntry): Promise<void> {
  if (!namedByDrop.includes(entry.desc) || entry.dropStmt.trim() === '') return
  const statements = await parseStatements(entry.dropStmt, phase)
  const [first] = statements
  if (statements.length !== 1 || first === undefined || !('DropStmt' in first.node))
    throw unexpected(entry, entry.dropStmt)
}

/** Does so for all entries that will be restored. */
export async function checkEntries(decisions: Iterable<Decision>): Promise<void> {
  for (const { entry, action } of decisions) {
    if (action === 'drop') continue
    await checkEntry(entry)
    await checkDrop(entry)
  }
}
