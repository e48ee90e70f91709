import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { z } from 'zod'
import { BackupError } from '../common/errors.ts'
import { describeEnd, type ProgramEnd, startProgram } from '../common/process.ts'
import { redact } from '../common/redact.ts'
import type { PostgresClients } from './clients.ts'
import { type DatabaseConnection, libpqArguments, libpqEnvironment } from './connection.ts'
import { type Contents, nameOf } from './contents.ts'
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
  /** Ends psql, and with it a transaction that was not committed. */
  close(): Promise<void>
}

export interface PsqlOptions {
  clients: PostgresClients
  connection: DatabaseConnection
  /** Folders whose files psql reads by itself. */
  folders?: readonly string[] | undefined
  signal?: AbortSignal | undefined
  /** How long to wait for a sign of life, in milliseconds; see `watchSession`. */
  silenceMs?: number | undefined
  phase: string
}

/** A statement of a psql session failed; nothing after it ran. */
class StatementError extends BackupError {
  /** SQLSTATE, e.g. `42501`. */
  readonly sqlState: string
  /** The statement as psql sent it; its beginning, where it is very long. */
  readonly statement: string

  constructor(fields: {
    sqlState: string
    statement: string
    message: string
    detail: string
    phase: string
  }) {
    super({
      ...fields,
      code: 'DB_STATEMENT_FAILED',
      suggestion:
        'Nothing was changed: the whole restore is one transaction. Remove the cause named here on the target, or choose another one, and try again.',
    })
    this.sqlState = fields.sqlState
    this.statement = fields.statement
  }
}

const comparedCharacters = 2_000

/** The error with the dump's entry named that its statement comes from; any other error as it is. */
export function withEntry(error: unknown, contents: Contents): unknown {
  if (!(error instanceof StatementError) || error.statement === '') return error
  const statement = error.statement.slice(0, comparedCharacters)
  const entry = contents.entries.find(
    ({ defn, copyStmt }) => defn.includes(statement) || copyStmt.includes(statement),
  )
  if (entry === undefined) return error
  return new StatementError({
    ...error,
    message: `${error.message} It is the dump's entry ${entry.dumpId}, ${nameOf(entry)}.`,
    detail: error.detail ?? '',
  })
}

/** psql prints `psql:<stdin>:12: ERROR:  42P01: message`, then lines of context, then `… STATEMENT:  sql`. */
const errorLine = /^psql:<stdin>:\d+: (?:ERROR|FATAL|PANIC): {2}([0-9A-Z]{5}): (.*)$/m
const statementLine = /^psql:<stdin>:\d+: STATEMENT: {2}/m

function failure(messages: string, end: ProgramEnd, phase: string): BackupError {
  const error = errorLine.exec(messages)
  const statementAt = statementLine.exec(messages)
  if (error === null)
    return new BackupError({
      code: 'DB_SESSION_LOST',
      message: `The restore's database session ended before its work was done: ${describeEnd('psql', end)}.`,
      detail: end.stderr.trim().slice(-2000),
      suggestion: 'Check that the target is running and reachable, then try again.',
      phase,
    })
  const [, sqlState = '', message = ''] = error
  const statementEnd = statementAt ? statementAt.index + statementAt[0].length : messages.length
  return new StatementError({
    sqlState,
    statement: messages.slice(statementEnd).trim(),
    message: `The target refused a statement: ${redact(message)}.`,
    detail: redact(messages.slice(error.index, statementEnd + 2000).trim()),
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
export function openPsql(options: PsqlOptions): PsqlSession {
  const settings = ['ON_ERROR_STOP=1', 'ECHO=errors', 'VERBOSITY=verbose'].flatMap((setting) => [
    '-v',
    setting,
  ])
  const child = startProgram({
    ...options.clients.command(
      'psql',
      [...libpqArguments, '-X', '-q', '-A', '-t', ...settings, '-f', '-'],
      libpqEnvironment(options.connection),
      options.folders,
    ),
    signal: options.signal,
    phase: options.phase,
  })
  const id = randomUUID()
  const marker = `done-${id}`
  let backend: Backend | undefined
  let messages = ''
  let waiting: Waiting | undefined
  let draining = false
  child.stderr.on('data', (text: string) => {
    // Warnings come and go; from the first error on, all is kept.
    messages = errorLine.test(messages)
      ? (messages + text).slice(0, keptMessages)
      : (messages + text).slice(-keptMessages)
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
    async close() {
      child.stdin.end()
      await ended
    },
  }
}

/** Does a piece of work in a session that may read a dump's files. An error names the entry it comes from. */
export async function inSession<Result>(
  options: Omit<PsqlOptions, 'connection' | 'folders'> & { target: DatabaseConnection },
  { dump, contents }: { dump: string; contents: Contents },
  work: (session: PsqlSession) => Promise<Result>,
): Promise<Result> {
  const session = openPsql({ ...options, connection: options.target, folders: [dump] })
  try {
    return await work(session)
  } catch (error) {
    options.signal?.throwIfAborted()
    throw withEntry(error, contents)
  } finally {
    await session.close()
  }
}
