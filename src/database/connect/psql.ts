import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { startProgram } from '../../common/process.ts'
import type { Contents } from '../rules/contents.ts'
import { hasPsqlCommand } from '../sql/outside-quotes.ts'
import { quoteName } from '../sql/statements.ts'
import type { PostgresClients } from './client-programs.ts'
import { type DatabaseConnection, libpqArguments, libpqEnvironment, reach } from './connection.ts'
import {
  type Lacks,
  type StatementError,
  sessionFailure,
  silentSession,
  statementError,
  withEntry,
} from './psql-errors.ts'
import { type Answers, collectAnswers, collectMessages, type Messages } from './psql-output.ts'
import { backendQuery, watchSession } from './session-watch.ts'

/** One psql, fed on stdin: what a dump's SQL needs (COPY data, \restrict), and our own queries between its parts. */
export interface PsqlSession {
  /** Runs statements, none of them a command of psql's, and waits until the server has run them. */
  run(sql: string): Promise<void>
  /** The same for statements that hold a secret: one that fails is not shown with its text. */
  runUnshown(sql: string): Promise<void>
  /** The rows of one query (no semicolon), each parsed as the JSON object of its columns. */
  rows<Row>(query: string, schema: z.ZodType<Row>): Promise<Row[]>
  /** Feeds a script of any length and waits until the server has run it. */
  feed(script: AsyncIterable<string | Uint8Array> | Iterable<string>): Promise<void>
  /**
   * Feeds a script, and when a statement fails undoes the whole script and goes on as if it had not been. It must not hold rows of COPY, which psql would take for statements once their COPY is refused.
   * @param onPrinted is told each line that the script prints, when it does
   * @returns why a statement failed; undefined when the server has run them all
   */
  attempt(
    script: AsyncIterable<string | Uint8Array> | Iterable<string>,
    onPrinted?: (line: string) => void,
  ): Promise<StatementError | undefined>
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

/** A psql under way, as far as a session works with it. */
interface PsqlProcess {
  messages: Messages
  answers: Answers
  /** What is written is taken at once, however much it is. */
  write(sql: string): void
  /** Until psql has taken what it was given, or is gone. */
  feed(script: AsyncIterable<string | Uint8Array> | Iterable<string>): Promise<void>
  /** The lines that what was written has printed, once the server has run it. @throws what ended the session */
  untilDone(): Promise<string[]>
  /** What ended the session; undefined while it goes on. */
  readonly over: BackupError | undefined
  readonly ended: Promise<void>
  /** Has it end when it has done what it was given. */
  end(): Promise<void>
}

const psqlSettings = ['ON_ERROR_STOP=1', 'ECHO=errors', 'VERBOSITY=verbose'].flatMap((set) => ['-v', set])
const psqlArguments = [...libpqArguments, '-X', '-q', '-A', '-t', ...psqlSettings, '-f', '-']

/** What a session begins with: the role, and the question which backend it has, answered behind `id`. */
function openingOf(role: string | undefined, id: string): string {
  const setRole = role === undefined ? '' : `SET ROLE ${quoteName(role)};\n`
  return `${setRole}SELECT '${id}' || pg_catalog.to_jsonb(q)::text FROM (${backendQuery}) q;\n`
}

async function startPsql(options: PsqlOptions, marker: string): Promise<PsqlProcess> {
  const { connection, phase } = options
  const reached = await reach(connection, phase)
  const command = options.clients.command('psql', psqlArguments, libpqEnvironment(reached), options.folders)
  const child = startProgram({ ...command, signal: options.signal, phase })
  const id = randomUUID()
  const messages = collectMessages(child.stderr, marker)
  const answers = collectAnswers(child.stdout, id, marker)
  let draining = false
  let over: BackupError | undefined
  const endWith = (error: BackupError) => {
    over ??= error
    answers.fail(over)
  }
  const stopWatch = watchSession({
    connection,
    silenceMs: options.silenceMs,
    backend: () => answers.backend,
    isWaiting: () => answers.isAwaited || draining,
    lost() {
      endWith(silentSession(phase))
      child.stop()
    },
  })
  const ended = child.ended.then((end) => {
    stopWatch()
    endWith(sessionFailure(messages.text, end, phase))
  })
  child.stdin.write(openingOf(reached.role, id))
  const drained = async () => {
    draining = true
    await Promise.race([once(child.stdin, 'drain').catch(() => ended), ended])
    draining = false
  }
  return {
    messages,
    answers,
    write: (sql) => void child.stdin.write(sql),
    async feed(script) {
      for await (const chunk of script) {
        if (over) throw over
        if (!child.stdin.write(chunk)) await drained()
      }
    },
    async untilDone() {
      if (over) throw over
      const lines = answers.untilMarker()
      child.stdin.write(`\n\\echo ${marker}\n`)
      return lines
    },
    get over() {
      return over
    },
    ended,
    async end() {
      child.stdin.end()
      await ended
    },
  }
}

/** How an attempt is undone, or kept. */
const ownTransaction = { begin: 'BEGIN', keep: 'COMMIT', undo: 'ROLLBACK' }
const savepoint = {
  begin: 'SAVEPOINT attempt',
  keep: 'RELEASE SAVEPOINT attempt',
  undo: 'ROLLBACK TO SAVEPOINT attempt;\nRELEASE SAVEPOINT attempt',
}

/** Connects; the first failing statement ends the session, and every call from then on throws its error. */
export async function openPsql(options: PsqlOptions): Promise<PsqlSession> {
  const marker = `done-${randomUUID()}`
  const psql = await startPsql(options, marker)
  const bounds = options.ownTransactions ? ownTransaction : savepoint
  return {
    async run(sql) {
      refuseCommand(sql, options.phase, sql.slice(0, 500))
      psql.write(sql)
      await psql.untilDone()
    },
    async runUnshown(sql) {
      refuseCommand(sql, options.phase)
      psql.write(`\\set ECHO none\n${sql}\n\\set ECHO errors\n`)
      await psql.untilDone()
    },
    async rows(query, schema) {
      refuseCommand(query, options.phase, query.slice(0, 500))
      psql.write(`SELECT pg_catalog.to_jsonb(q) FROM (\n${query}\n) q;`)
      return (await psql.untilDone()).map((line) => schema.parse(JSON.parse(line)))
    },
    async feed(script) {
      await psql.feed(script)
      await psql.untilDone()
    },
    async attempt(script, onPrinted) {
      const { marked } = psql.messages.restart()
      psql.answers.onPrinted = onPrinted
      psql.write(`${bounds.begin};\n\\set ON_ERROR_STOP 0\n`)
      await psql.feed(script)
      // In a transaction that a statement has failed in, this fails as well.
      psql.write(`\nSELECT;\n\\echo :ERROR\n\\set ON_ERROR_STOP 1\n\\warn ${marker}\n`)
      const failed = (await psql.untilDone()).at(-1) === 'true'
      psql.answers.onPrinted = undefined
      await Promise.race([marked, psql.ended])
      psql.write(`${failed ? bounds.undo : bounds.keep};\n`)
      if (!failed) return undefined
      const error = statementError(psql.messages.text, options.phase)
      if (error === undefined) throw psql.over ?? silentSession(options.phase)
      return error
    },
    close: () => psql.end(),
  }
}

/**
 * What is made of a backup's names and values goes through here: somebody else may have written them, and a command of psql's is
 * run on this machine.
 */
function refuseCommand(sql: string, phase: string, detail?: string): void {
  if (!hasPsqlCommand(sql)) return
  throw new BackupError({
    code: 'PSQL_COMMAND_REFUSED',
    message:
      'What is made of the backup would have psql run a command on this machine, so nothing of it is run.',
    ...(detail !== undefined && { detail }),
    suggestion: 'The backup was altered. Choose another archive, and find out who could write to this one.',
    phase,
  })
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
