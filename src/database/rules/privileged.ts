import type { Node } from 'libpg-query'
import type pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { type Finding, finding } from '../../common/findings.ts'
import { connect, type DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import type { StatementError } from '../connect/psql-errors.ts'
import { parseStatements, quoteName, quoteText, type Statement, strings } from '../sql/statements.ts'
import { type ContentsEntry, nameOf } from './contents.ts'
import { platformExtensions } from './platform.ts'
import type { Decision } from './rules.ts'

const phase = 'database/restore'

/**
 * What a hosted project lets role `postgres` make, by supautils, and a plain server only a superuser: a sandbox has
 * no supautils. Of each the statements it may consist of, none of which evaluates anything of the backup's.
 */
const privilegedStatements: Readonly<Record<string, readonly string[]>> = {
  EXTENSION: ['CreateExtensionStmt'],
  'EVENT TRIGGER': ['CreateEventTrigStmt', 'AlterEventTrigStmt'],
  'FOREIGN DATA WRAPPER': ['CreateFdwStmt'],
  PUBLICATION: ['CreatePublicationStmt'],
  'PUBLICATION TABLES IN SCHEMA': ['AlterPublicationStmt'],
}

async function needsSuperuser(entry: ContentsEntry, untrusted: ReadonlySet<string>): Promise<boolean> {
  if (!(entry.desc in privilegedStatements)) return false
  if (entry.desc === 'EXTENSION') return untrusted.has(entry.tag)
  if (entry.desc !== 'PUBLICATION') return true
  const [statement] = await parseStatements(entry.defn, phase)
  return statement !== undefined && isForAllTables(statement.node)
}

function isForAllTables(node: Node): boolean {
  return 'CreatePublicationStmt' in node && node.CreatePublicationStmt.for_all_tables === true
}

/**
 * The entries among those restored that only a superuser can restore on a plain server.
 * @param untrusted extensions that postgres cannot create there by itself
 */
export async function findPrivileged(
  decisions: readonly Decision[],
  untrusted: ReadonlySet<string>,
): Promise<Set<ContentsEntry>> {
  const privileged = new Set<ContentsEntry>()
  for (const { entry, action } of decisions)
    if (action === 'keep' && (await needsSuperuser(entry, untrusted))) privileged.add(entry)
  return privileged
}

/** A session hears of another's change to its role when it locks a relation it does not hold yet, as no query holds this. */
const noticeChanges = `SELECT pg_catalog.pg_relation_size('pg_catalog.pg_ts_parser');\n`

/**
 * Does some work while the session's role is a superuser, on a server where that is nobody's loss. Only for statements
 * that run nothing of the backup's: no function, no expression, no trigger.
 */
export async function withSuperuser<Result>(
  superuser: DatabaseConnection,
  session: PsqlSession,
  role: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const client = await connect(superuser, phase)
  try {
    return await lendSuperuser(client, session, role, work)
  } finally {
    await client.end()
  }
}

async function lendSuperuser<Result>(
  superuser: pg.Client,
  session: PsqlSession,
  role: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    await superuser.query(`ALTER ROLE ${quoteName(role)} SUPERUSER`)
    await session.run(noticeChanges)
    return await work()
  } finally {
    await superuser.query(`ALTER ROLE ${quoteName(role)} NOSUPERUSER`)
  }
}

/**
 * Restores an entry as superuser, statement by statement, after looking into each.
 * @param superuser connected before: once an event trigger on logins is created, new connections wait for the COMMIT
 * @returns what failed, and was undone
 * @throws BackupError DUMP_STATEMENT_UNKNOWN
 */
export async function restorePrivileged(
  superuser: pg.Client,
  session: PsqlSession,
  { role, entry }: { role: string; entry: ContentsEntry },
): Promise<StatementError | undefined> {
  const statements = await parseStatements(entry.defn, phase)
  for (const { node, text } of statements) {
    const kind = Object.keys(node)[0] ?? ''
    const known = privilegedStatements[entry.desc]?.includes(kind) ?? false
    if (!known || !(await isHarmless(session, node))) throw refused(entry, text)
  }
  if (statements.length === 0) throw refused(entry, entry.defn)
  // Names in what follows are the server's own.
  const sql = `SET search_path = pg_catalog;\n${sqlOf(entry, statements)}`
  return lendSuperuser(superuser, session, role, () => session.attempt([sql]))
}

/** An extension is created by names alone, and belongs to whom it belongs to on the platform. */
function sqlOf(entry: ContentsEntry, statements: readonly Statement[]): string {
  const [first] = statements
  if (first === undefined || !('CreateExtensionStmt' in first.node))
    return statements.map(({ text }) => `${text};\n`).join('')
  const { extname = '' } = first.node.CreateExtensionStmt
  if (extname !== entry.tag || statements.length > 1) throw refused(entry, entry.defn)
  const schema = schemaOf(first.node.CreateExtensionStmt.options)
  const where = schema === undefined ? '' : ` SCHEMA ${quoteName(schema)}`
  const create = `CREATE EXTENSION IF NOT EXISTS ${quoteName(extname)}${where} CASCADE;\n`
  return `SET ROLE supabase_admin;\n${create}${afterCreate(extname)}RESET ROLE;\n`
}

function schemaOf(options: readonly Node[] | undefined): string | undefined {
  for (const option of options ?? [])
    if ('DefElem' in option && option.DefElem.defname === 'schema')
      return option.DefElem.arg && 'String' in option.DefElem.arg ? option.DefElem.arg.String.sval : undefined
  return undefined
}

/** What the platform does for postgres after it has created an extension. */
function afterCreate(extension: string): string {
  return `DO $$ DECLARE wrapper name; BEGIN
  FOR wrapper IN SELECT fdwname FROM pg_catalog.pg_foreign_data_wrapper w
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND d.objid = w.oid AND d.deptype = 'e'
    JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND e.oid = d.refobjid
    WHERE e.extname = ${quoteText(extension)}
  LOOP EXECUTE pg_catalog.format('GRANT USAGE ON FOREIGN DATA WRAPPER %I TO postgres WITH GRANT OPTION', wrapper); END LOOP;
END $$;
`
}

const functionRow = z.object({ compiled: z.boolean() })

/** A statement of a known kind may still call a function: a wrapper its validator, while it is created. */
async function isHarmless(session: PsqlSession, node: Node): Promise<boolean> {
  if ('AlterPublicationStmt' in node)
    return (node.AlterPublicationStmt.pubobjects ?? []).every(
      (object) =>
        'PublicationObjSpec' in object &&
        object.PublicationObjSpec.pubobjtype === 'PUBLICATIONOBJ_TABLES_IN_SCHEMA',
    )
  if ('CreatePublicationStmt' in node) return isForAllTables(node)
  if (!('CreateFdwStmt' in node)) return true
  for (const option of node.CreateFdwStmt.func_options ?? []) {
    if (!('DefElem' in option)) return false
    const { arg } = option.DefElem
    if (arg === undefined) continue
    const name = 'List' in arg ? strings(arg.List.items) : []
    if (!(await isCompiled(session, name))) return false
  }
  return true
}

/** Whether a function is one of the server's or of an extension, written in C, as only a superuser can make one. */
async function isCompiled(session: PsqlSession, name: readonly string[]): Promise<boolean> {
  const [schema, called] = name.length > 1 ? name : [undefined, name[0]]
  if (schema === undefined || called === undefined) return false
  const rows = await session.rows(
    `SELECT l.lanname IN ('c', 'internal') AS compiled FROM pg_catalog.pg_proc p
     JOIN pg_catalog.pg_language l ON l.oid = p.prolang JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = ${quoteText(schema)} AND p.proname = ${quoteText(called)}`,
    functionRow,
  )
  return rows.length > 0 && rows.every(({ compiled }) => compiled)
}

function refused(entry: ContentsEntry, text: string): BackupError {
  return new BackupError({
    code: 'DUMP_STATEMENT_UNKNOWN',
    message: `The dump's entry ${nameOf(entry)} holds a statement that is not run as superuser.`,
    detail: text.slice(0, 500),
    suggestion: `If you trust this backup, drill it in a project of your own (TEST_SUPABASE_DB_URL), or leave the entry out: --leave-out ${quoteForShell(nameOf(entry))}`,
    phase,
  })
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Extensions a server offers, but lets only a superuser install, by whether the platform lets postgres. */
export interface UntrustedExtensions {
  allowed: Set<string>
  refused: Set<string>
}

/** Reads them of a server without supautils. */
export async function untrustedExtensions(superuser: DatabaseConnection): Promise<UntrustedExtensions> {
  const client = await connect(superuser, phase)
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT name::text FROM pg_catalog.pg_available_extension_versions GROUP BY name HAVING NOT bool_and(trusted)',
    )
    const names = rows.map(({ name }) => name)
    return {
      allowed: new Set(names.filter((name) => platformExtensions.includes(name))),
      refused: new Set(names.filter((name) => !platformExtensions.includes(name))),
    }
  } finally {
    await client.end()
  }
}

/** An entry of the dump, as the finding names it. */
export function privilegedName({ desc, tag }: ContentsEntry): string {
  return `${desc} ${tag}`
}

/** @param names of what was done `withSuperuser` */
export function privilegedFindings(names: string[]): Finding[] {
  if (names.length === 0) return []
  const message =
    'These were restored with the rights of a superuser: the sandbox lacks what lets postgres make them on a hosted project.'
  return [finding({ component: 'database', severity: 'note', kind: 'restored-as-superuser', message, names })]
}
