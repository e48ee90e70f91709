import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { describeEnd, type ProgramEnd, startProgram } from '../../common/process.ts'
import { redact } from '../../common/redact.ts'
import { type Contents, type ContentsEntry, nameOf } from '../rules/contents.ts'
import { quoteName } from '../sql/statements.ts'
import type { PostgresClients } from './clients.ts'
import { type DatabaseConnection, libpqArguments, libpqEnvironment, reach } from './connection.ts'
import { type Backend, backendQuery, backendRow, watchSession } from './session-watch.ts'

/** How much of psql's messages an error carries: a statement may have any length, its error stands before it. */
const keptMessages = 16 * 1024

/** One psql, fed on stdin: what a dump's SQL needs (COPY data, \restrict), and our own queries between its parts. */
export interface PsqlSession {
  /** Runs statements and waits until the server has run them. */
  run(sql: string): Promise<void>
  /** The rows of one query (no semicolon), each parsed as the JSON object of its columns. */
  rows<Row>(query: string, schema: z.ZodType<Row>): Promise<Row[]>
  /** Feeds a script of any length and waits until the server has run it. */
  feed(script: AsyncIterable<string | Uint8Array> | Iterable<string>): Promise<void>
  /**
   * Feeds a script, and when a statement fails undoes the whole script and goes on as if it had not been. It must not hold rows of COPY, which psql would take for statements once their COPY is refused.
   * @returns why a statement failed; undefined when the server has run them all
   */
  attempt(script: AsyncIterable<string | Uint8Array> | Iterable<string>): Promise<StatementError | undefined>
  /** Ends psql, and with it a transaction that was not committed. */
  close(): Promise<void>
}

export interface PsqlOptions {
  clients: PostgresClients
  connection: DatabaseConnection
  /**
   * Whether each attempt is a transaction of its own, where there is none around them; by default there is one, and
   * attempts are savepoints in it.
   */
  ownTransactions?: boolean | undefined
  /** Folders whose files psql reads by itself. */
  folders?: readonly string[] | undefined
  signal?: AbortSignal | undefined
  /** How long to wait for a sign of life, in milliseconds; see `watchSession`. */
  silenceMs?: number | undefined
  phase: string
}

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
 */
function suggestionFor(sqlState: string, entry?: string, lacks?: Lacks): string {
  const unchanged = 'Nothing was changed: the whole restore is one transaction.'
  if (missing.test(sqlState) && lacks && lacks.absent.length + lacks.older.length > 0) {
    const rest =
      entry === undefined
        ? ''
        : ` To restore everything but this and what depends on it, give the same command with ${leaveOutFlag(entry)}.`
    return `${unchanged} ${describeLacks(lacks)}${rest}`
  }
  if (sqlState === '42501' && entry !== undefined)
    return `${unchanged} Remove the cause named here on the target, or choose another one. To restore everything but this and what depends on it, give the same command with ${leaveOutFlag(entry)}.`
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
      suggestion: fields.suggestion ?? suggestionFor(fields.sqlState),
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
    suggestion: suggestionFor(error.sqlState, nameOf(entry), lacks),
  })
}

/** psql prints `psql:<stdin>:12: ERROR:  42P01: message`, then lines of context, then `… STATEMENT:  sql`. */
const errorLine = /^psql:<stdin>:\d+: (?:ERROR|FATAL|PANIC): {2}([0-9A-Z]{5}): (.*)$/m
const statementLine = /^psql:<stdin>:\d+: STATEMENT: {2}/m

function failure(messages: string, end: ProgramEnd, phase: string): BackupError {
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
function statementError(messages: string, phase: string): StatementError | undefined {
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

function silent(phase: string): BackupError {
  return new BackupError({
    code: 'DB_SESSION_LOST',
    message: 'The target has gone silent: it neither works for the restore nor answers it any more.',
    suggestion: 'Check the network between this machine and the target, then try again.',
    phase,
  })
}

/** Hands out the complete lines of a stream; they end at U+000A only. */
function onLines(stream: NodeJS.ReadableStream, receive: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) receive(line)
  })
}

interface Waiting {
  lines: string[]
  resolve(lines: string[]): void
  reject(error: BackupError): void
}

/** Connects; the first failing statement ends the session, and every call from then on throws its error. */
export async function openPsql(options: PsqlOptions): Promise<PsqlSession> {
  const reached = await reach(options.connection, options.phase)
  const settings = ['ON_ERROR_STOP=1', 'ECHO=errors', 'VERBOSITY=verbose'].flatMap((setting) => [
    '-v',
    setting,
  ])
  const child = startProgram({
    ...options.clients.command(
      'psql',
      [...libpqArguments, '-X', '-q', '-A', '-t', ...settings, '-f', '-'],
      libpqEnvironment(reached),
      options.folders,
    ),
    signal: options.signal,
    phase: options.phase,
  })
  const id = randomUUID()
  const marker = `done-${id}`
  let backend: Backend | undefined
  let messages = ''
  /** The end of what psql last wrote on stderr, and who waits for the marker there. */
  let tail = ''
  let onMarker: (() => void) | undefined
  let waiting: Waiting | undefined
  let draining = false
  child.stderr.on('data', (text: string) => {
    // Warnings come and go; from the first error on, all is kept.
    messages = errorLine.test(messages)
      ? (messages + text).slice(0, keptMessages)
      : (messages + text).slice(-keptMessages)
    tail = (tail + text).slice(-2 * marker.length)
    if (tail.includes(marker)) onMarker?.()
  })
  onLines(child.stdout, (line) => {
    if (line === marker) waiting?.resolve(waiting.lines)
    else if (line.startsWith(id)) backend = backendRow.parse(JSON.parse(line.slice(id.length)))
    else waiting?.lines.push(line)
  })
  let over: BackupError | undefined
  const endWith = (error: BackupError) => {
    over ??= error
    waiting?.reject(over)
  }
  const stopWatch = watchSession({
    connection: options.connection,
    silenceMs: options.silenceMs,
    backend: () => backend,
    isWaiting: () => waiting !== undefined || draining,
    lost() {
      endWith(silent(options.phase))
      child.stop()
    },
  })
  const ended = child.ended.then((end) => {
    stopWatch()
    endWith(failure(messages, end, options.phase))
  })
  if (reached.role !== undefined) child.stdin.write(`SET ROLE ${quoteName(reached.role)};\n`)
  child.stdin.write(`SELECT '${id}' || pg_catalog.to_jsonb(q)::text FROM (${backendQuery}) q;\n`)

  const untilDone = async (): Promise<string[]> => {
    if (over) throw over
    const lines = new Promise<string[]>((resolve, reject) => {
      waiting = { lines: [], resolve, reject }
    })
    child.stdin.write(`\n\\echo ${marker}\n`)
    try {
      return await lines
    } finally {
      waiting = undefined
    }
  }
  /** Until psql has taken what it was given, or is gone. */
  const drained = async () => {
    draining = true
    await Promise.race([once(child.stdin, 'drain').catch(() => ended), ended])
    draining = false
  }
  const bounds = options.ownTransactions
    ? { begin: 'BEGIN', keep: 'COMMIT', undo: 'ROLLBACK' }
    : {
        begin: 'SAVEPOINT attempt',
        keep: 'RELEASE SAVEPOINT attempt',
        undo: 'ROLLBACK TO SAVEPOINT attempt;\nRELEASE SAVEPOINT attempt',
      }
  return {
    async run(sql) {
      child.stdin.write(sql)
      await untilDone()
    },
    async rows(query, schema) {
      child.stdin.write(`SELECT pg_catalog.to_jsonb(q) FROM (\n${query}\n) q;`)
      return (await untilDone()).map((line) => schema.parse(JSON.parse(line)))
    },
    async feed(script) {
      for await (const chunk of script) {
        if (over) throw over
        if (!child.stdin.write(chunk)) await drained()
      }
      await untilDone()
    },
    async attempt(script) {
      messages = ''
      tail = ''
      const told = new Promise<void>((resolve) => {
        onMarker = resolve
      })
      child.stdin.write(`${bounds.begin};\n\\set ON_ERROR_STOP 0\n`)
      for await (const chunk of script) {
        if (over) throw over
        if (!child.stdin.write(chunk)) await drained()
      }
      // In a transaction that a statement has failed in, this fails as well.
      child.stdin.write(`\nSELECT;\n\\echo :ERROR\n\\set ON_ERROR_STOP 1\n\\warn ${marker}\n`)
      const failed = (await untilDone()).at(-1) === 'true'
      await Promise.race([told, ended])
      child.stdin.write(`${failed ? bounds.undo : bounds.keep};\n`)
      if (!failed) return undefined
      const error = statementError(messages, options.phase)
      if (error === undefined) throw over ?? silent(options.phase)
      return error
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}

/** Does a piece of work in a session that may read a dump's files. An error names the entry it comes from. */
export async function inSession<Result>(
  options: Omit<PsqlOptions, 'connection' | 'folders'> & { target: DatabaseConnection },
  { dump, contents, lacks }: { dump: string; contents: Contents; lacks?: Lacks | undefined },
  work: (session: PsqlSession) => Promise<Result>,
): Promise<Result> {
  const session = await openPsql({ ...options, connection: options.target, folders: [dump] })
  try {
    return await work(session)
  } catch (error) {
    options.signal?.throwIfAborted()
    throw withEntry(error, contents, lacks)
  } finally {
    await session.close()
  }
}
