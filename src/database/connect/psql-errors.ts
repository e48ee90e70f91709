import { BackupError } from '../../common/errors.ts'
import { describeEnd, type ProgramEnd } from '../../common/process.ts'
import { redact } from '../../common/redact.ts'
import { type Contents, type ContentsEntry, nameOf } from '../rules/contents.ts'

/** Classes of SQLSTATE that say something about the server and its state, or about what the role may do there. */
const targetsOwn = /^(08|25|3D|40|42501|53|54|55|57|58|F0|XX)/

/** Whether a statement failed for what the server is or allows, and not for what it says. */
export function isTargetsFault({ sqlState }: StatementError): boolean {
  return targetsOwn.test(sqlState)
}

/** Something that a statement names is not there: a function, type, relation or schema. */
const missing = /^(42883|42704|42P01|3F000)/

/** Extensions that a backup has and its target lacks, or has in an older version; these as people are told. */
export interface Lacks {
  absent: readonly string[]
  older: readonly string[]
}

/** Why something a statement names may not be there. */
function describeLacks({ absent, older }: Lacks): string {
  const parts = [
    ...(absent.length > 0 ? [`lacks extensions that the backup has: ${absent.join(', ')}`] : []),
    ...(older.length > 0 ? [`has older versions of extensions: ${older.join(', ')}`] : []),
  ]
  return `The cause is most likely at the target, which ${parts.join(' and ')}. Create or update them there, or choose a target that offers them.`
}

/**
 * Where the cause is, and what to type: an entry that the backup itself contradicts fails on every target.
 * @param entry of the dump, as `nameOf` spells it, where it is known
 * @param lacks of the target
 * @param said what the server said
 */
function suggestionFor(
  sqlState: string,
  { entry, lacks, said }: { entry?: string; lacks?: Lacks | undefined; said?: string },
): string {
  const unchanged = 'Nothing was changed: the whole restore is one transaction.'
  if (missing.test(sqlState) && lacks && lacks.absent.length + lacks.older.length > 0) {
    const rest =
      entry === undefined
        ? ''
        : ` To restore everything but this and what depends on it, give the same command with ${leaveOutFlag(entry)}.`
    return `${unchanged} ${describeLacks(lacks)}${rest}`
  }
  if (sqlState === '53100')
    return `${unchanged} The backup is not to blame: the disk of the target’s server has no room for it. Give it a larger one (Supabase dashboard, Settings, Compute and Disk), or make room there, and try again.`
  if (sqlState === '42501' && entry !== undefined)
    return `${unchanged} Remove the cause named here on the target, or choose another one. To restore everything but this and what depends on it, give the same command with ${leaveOutFlag(entry)}.`
  if (sqlState === '42501' && said?.startsWith('must be owner of '))
    return `${unchanged} At the target this belongs to a role that you did not connect as, often its superuser. Give it away there (ALTER … OWNER TO postgres, as that role), or connect as the superuser (of a self-hosted stack supabase_admin), and try again.`
  if (targetsOwn.test(sqlState) || entry === undefined)
    return `${unchanged} Remove the cause named here on the target, or choose another one, and try again.`
  return `${unchanged} The cause is in the backup, not at the target. Give the same command with ${leaveOutFlag(entry)} to restore everything but this and what depends on it.`
}

/** The flag that leaves an entry out, as it is typed in a shell. */
export function leaveOutFlag(entry: string): string {
  return `--leave-out '${entry.replaceAll("'", `'\\''`)}'`
}

/** A statement of a psql session failed; nothing after it ran. */
export class StatementError extends BackupError {
  /** SQLSTATE, e.g. `42501`. */
  readonly sqlState: string
  /** The statement as psql sent it; its beginning, where it is very long. */
  readonly statement: string
  /** What the server said, without any of ours. */
  readonly serverMessage: string

  constructor(fields: {
    sqlState: string
    statement: string
    serverMessage: string
    message: string
    detail: string
    phase: string
    suggestion?: string
  }) {
    super({
      ...fields,
      code: 'DB_STATEMENT_FAILED',
      suggestion: fields.suggestion ?? suggestionFor(fields.sqlState, { said: fields.serverMessage }),
    })
    this.sqlState = fields.sqlState
    this.statement = fields.statement
    this.serverMessage = fields.serverMessage
  }
}

const comparedCharacters = 2_000

/** The entry of a dump that a failed statement comes from. */
export function entryOf(error: StatementError, entries: readonly ContentsEntry[]): ContentsEntry | undefined {
  const statement = error.statement.slice(0, comparedCharacters)
  if (statement === '') return undefined
  const loaded = loadedBy(error.statement)
  if (loaded !== undefined) return entries.find(({ copyStmt }) => loadedBy(copyStmt) === loaded)
  const owned = /^ALTER (.*) OWNER TO .*$/s.exec(error.statement)?.[1]
  return (
    entries.find(({ defn, copyStmt }) => defn.includes(statement) || copyStmt.includes(statement)) ??
    (owned === undefined ? undefined : entries.find(({ dropStmt }) => droppedBy(dropStmt) === asTable(owned)))
  )
}

/** What a COPY loads into, as spelt by pg_dump, and by psql where it reads the rows from a file, with other spaces. */
function loadedBy(statement: string): string | undefined {
  return /^COPY(.*)FROM stdin;?\s*$/is.exec(statement)?.[1]?.replace(/\s/g, '')
}

/** What an entry's DROP is of, as pg_restore says it when it gives it to its owner. */
function droppedBy(dropStmt: string): string | undefined {
  const dropped = /^DROP (.*?);\s*$/s.exec(dropStmt)?.[1]
  return dropped === undefined ? undefined : asTable(dropped)
}

/** Some releases of pg_restore say TABLE of each of these. */
function asTable(object: string): string {
  return object.replace(/^(?:VIEW|SEQUENCE|MATERIALIZED VIEW|FOREIGN TABLE) /, 'TABLE ')
}

/**
 * The error with the dump's entry named that its statement comes from; any other error as it is.
 * @param lacks of the target
 */
export function withEntry(error: unknown, contents: Contents, lacks?: Lacks): unknown {
  if (!(error instanceof StatementError) || error.statement === '') return error
  const entry = entryOf(error, contents.entries)
  if (entry === undefined) return error
  return new StatementError({
    ...error,
    message: `${error.message} It is the dump's entry ${entry.dumpId}, ${nameOf(entry)}.`,
    detail: error.detail ?? '',
    suggestion: suggestionFor(error.sqlState, { entry: nameOf(entry), lacks }),
  })
}

/** An error among psql's messages: it prints `psql:<stdin>:12: ERROR:  42P01: message`, then lines of context, then `… STATEMENT:  sql`. */
export const errorLine = /^psql:<stdin>:\d+: (?:ERROR|FATAL|PANIC): {2}([0-9A-Z]{5}): (.*)$/m
const statementLine = /^psql:<stdin>:\d+: STATEMENT: {2}/m

/** Why a session ended: the statement that failed, or how psql did. */
export function sessionFailure(messages: string, end: ProgramEnd, phase: string): BackupError {
  const error = statementError(messages, phase)
  return (
    error ??
    new BackupError({
      code: 'DB_SESSION_LOST',
      message: `The restore's database session ended before its work was done: ${describeEnd('psql', end)}.`,
      detail: end.stderr.trim().slice(-2000),
      suggestion: 'Check that the target is running and reachable, then try again.',
      phase,
    })
  )
}

/** What stands behind `STATEMENT:` up to the next message. */
function firstStatement(text: string): string {
  const next = text.search(/^psql:<stdin>:\d+: /m)
  return (next === -1 ? text : text.slice(0, next)).trim()
}

/** The first error among psql's messages. */
export function statementError(messages: string, phase: string): StatementError | undefined {
  const error = errorLine.exec(messages)
  const statementAt = statementLine.exec(messages)
  if (error === null) return undefined
  const [, sqlState = '', message = ''] = error
  const statementEnd = statementAt ? statementAt.index + statementAt[0].length : messages.length
  return new StatementError({
    sqlState,
    statement: firstStatement(messages.slice(statementEnd)),
    serverMessage: redact(message),
    message: `The target refused a statement: ${redact(message)}.`,
    detail: redact(
      (
        messages.slice(error.index, statementEnd) +
        firstStatement(messages.slice(statementEnd)).slice(0, 2000)
      ).trim(),
    ),
    phase,
  })
}

/** For a target that gives no sign of life any more. */
export function silentSession(phase: string): BackupError {
  return new BackupError({
    code: 'DB_SESSION_LOST',
    message: 'The target has gone silent: it neither works for the restore nor answers it any more.',
    suggestion: 'Check the network between this machine and the target, then try again.',
    phase,
  })
}
