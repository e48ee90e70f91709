import { BackupError } from '../../common/errors.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { runIgnoringPrivilegeErrors } from '../restore/ignore-privilege-error.ts'
import type { Weakening } from '../restore/weakened.ts'
import { parseStatements, quoteName, type Statement, strings } from '../sql/statements.ts'
import { type ContentsEntry, nameOf } from './contents.ts'

const phase = 'database/restore'

function unknownStatement(entry: ContentsEntry, text: string): BackupError {
  return new BackupError({
    code: 'DUMP_STATEMENT_UNKNOWN',
    message: `The dump's entry ${entry.desc} ${entry.tag} holds a statement the toolkit does not expect there.`,
    detail: text.trim().slice(0, 500),
    suggestion: 'Please report this with the statement.',
    phase,
  })
}

export interface Trigger {
  /**
   * The statement that creates it, without those that set its state: only the table's owner may run them. Empty where
   * the entry is about nothing else: of a partition's copy of a trigger, which its parent's brings.
   */
  create: string
  schema: string
  table: string
  name: string
  /** The function it calls: schema, where the dump names it, and name. */
  calls: string[]
  /** Whether it fires as usual; a trigger may be disabled, or fire in replica mode. */
  state: 'enabled' | 'other'
}

/** What a TRIGGER entry of a dump creates. */
export async function readTrigger(entry: ContentsEntry): Promise<Trigger> {
  const [first, ...states] = await parseStatements(entry.defn, phase)
  const copy = first && triggerStateOf(first, entry)
  if (copy) return copy
  if (first === undefined || !('CreateTrigStmt' in first.node)) throw unknownStatement(entry, entry.defn)
  const { relation, trigname, funcname } = first.node.CreateTrigStmt
  return {
    create: `${first.text};\n`,
    schema: relation?.schemaname ?? entry.namespace,
    table: relation?.relname ?? '',
    name: trigname ?? '',
    calls: strings(funcname),
    state: states.length === 0 ? 'enabled' : 'other',
  }
}

const stateCommands = ['AT_EnableTrig', 'AT_EnableAlwaysTrig', 'AT_EnableReplicaTrig', 'AT_DisableTrig']

/** Of an entry that sets a trigger's state alone. */
function triggerStateOf({ node }: Statement, entry: ContentsEntry): Trigger | undefined {
  if (!('AlterTableStmt' in node)) return undefined
  const [command] = node.AlterTableStmt.cmds ?? []
  if (!command || !('AlterTableCmd' in command)) return undefined
  const { subtype, name } = command.AlterTableCmd
  if (subtype === undefined || !stateCommands.includes(subtype)) return undefined
  const { relation } = node.AlterTableStmt
  return {
    create: '',
    schema: relation?.schemaname ?? entry.namespace,
    table: relation?.relname ?? '',
    name: name ?? '',
    calls: [],
    state: 'other',
  }
}

/** Creates the user's triggers on tables of auth, storage and realtime. */
export async function restoreUserTriggers(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
): Promise<void> {
  for (const entry of entries) await session.run((await readTrigger(entry)).create)
}

/**
 * Comments on the user's policies and triggers of auth, storage and realtime tables, which newer platforms let postgres
 * make and older ones only the table's owner.
 * @returns those the target refused
 */
export async function restoreManagedComments(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
): Promise<Weakening[]> {
  const attempts = await Promise.all(
    entries.map(async (entry) => {
      const [statement] = await parseStatements(entry.defn, phase)
      if (statement === undefined) throw unknownStatement(entry, entry.defn)
      return { name: nameOf(entry), sql: statement.text }
    }),
  )
  const refused = await runIgnoringPrivilegeErrors(session, attempts)
  return refused.map((refusal) => ({ kind: 'left-out', ...refusal }))
}

/** The role a statement `SET SESSION AUTHORIZATION` names; null for its RESET, undefined for any other statement. */
function sessionAuthorization({ node }: Statement): string | null | undefined {
  if (!('VariableSetStmt' in node) || node.VariableSetStmt.name !== 'session_authorization') return undefined
  if (node.VariableSetStmt.kind === 'VAR_RESET') return null
  const [argument] = node.VariableSetStmt.args ?? []
  return argument && 'A_Const' in argument ? argument.A_Const.sval?.sval : undefined
}

/** The roles that made the grants of these entries, besides the objects' owners. */
export async function grantorsOf(entries: readonly ContentsEntry[]): Promise<string[]> {
  const statements = await Promise.all(entries.map((entry) => parseStatements(entry.defn, phase)))
  return statements.flat().flatMap((statement) => sessionAuthorization(statement) ?? [])
}

/**
 * Makes grants that roles other than an object's owner made. pg_dump has them under SET SESSION AUTHORIZATION, which
 * takes a superuser; SET ROLE does the same for whom is a member.
 * @param user the role that the session works as, which is not always the one that logged in
 */
export async function restoreGrantsOfOthers(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
  user: string,
): Promise<void> {
  for (const entry of entries)
    for (const statement of await parseStatements(entry.defn, phase)) {
      const role = sessionAuthorization(statement)
      if (role === undefined && !('GrantStmt' in statement.node))
        throw unknownStatement(entry, statement.text)
      if (role === undefined) await session.run(`${statement.text};\n`)
      else await session.run(`SET ROLE ${quoteName(role ?? user)};\n`)
    }
}
