import pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { connect, type DatabaseConnection } from './connection.ts'

const phase = 'database/session-watch'

/** How long a session may go without a sign of life while its answer is awaited, in milliseconds. */
const silenceMs = 180_000
const probesPerSilence = 6

/** Which server process works for a session: numbers are used again, together with their start they are not. */
export const backendRow = z.object({ pid: z.number(), started: z.string() })
export type Backend = z.infer<typeof backendRow>

const started = 'extract(epoch from backend_start)::text'
const isBackend = `pid = $1 and ${started} = $2`

/** One row: the `Backend` of the session that asks. */
export const backendQuery = `SELECT pid, ${started} AS started FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()`

/** What the server process is doing: whether it waits for its client, and what changes as soon as anything moves. */
const stateQuery = `select coalesce(wait_event_type, '') = 'Client' as waits,
    concat_ws(' ', state_change, query_start, wait_event, bytes_processed) as state
  from pg_catalog.pg_stat_activity left join pg_catalog.pg_stat_progress_copy using (pid) where ${isBackend}`
const stateRow = z.object({ waits: z.boolean(), state: z.string() })

const endQuery = `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where ${isBackend}`

export interface WatchedSession {
  connection: DatabaseConnection
  /** Undefined until the session has said it. */
  backend(): Backend | undefined
  /** Whether an answer of the server is awaited. */
  isWaiting(): boolean
  /** Ends the session's own side. */
  lost(): void
  /** How long to wait for a sign of life, in milliseconds. */
  silenceMs?: number | undefined
}

/**
 * Notices that a session whose answer is awaited will never answer. Where a firewall drops packets, keepalives notice;
 * where a pooler or proxy stands in between, its own machine answers them whatever became of the server behind it. So
 * the server is asked over another connection: while it works it is alive, however long that takes; a server that itself
 * waits for this client, and in which nothing has moved, or that cannot be asked at all, has been lost. Its process is
 * then ended, if it can be reached, since it would hold the locks of a restore for hours.
 * @returns stops the watch
 */
export function watchSession(session: WatchedSession): () => void {
  const limit = session.silenceMs ?? silenceMs
  let lastSign = performance.now()
  let state: string | undefined
  let probing = false
  const probe = async () => {
    probing = true
    const seen = await askState(session)
    if (seen !== undefined && seen !== state) lastSign = performance.now()
    state = seen
    probing = false
  }
  const look = () => {
    if (!session.isWaiting()) {
      lastSign = performance.now()
      state = undefined
    } else if (performance.now() - lastSign > limit) {
      stop()
      void ask(session, endQuery).catch(() => {})
      session.lost()
    } else if (!probing) void probe()
  }
  const timer = setInterval(look, limit / probesPerSilence)
  timer.unref()
  const stop = () => clearInterval(timer)
  return stop
}

/** A text that differs from the one before where the session lives; undefined where that cannot be found out. */
async function askState(session: WatchedSession): Promise<string | undefined> {
  const alive = () => `alive at ${performance.now()}`
  try {
    const [row] = z.array(stateRow).parse(await ask(session, stateQuery))
    return row && (row.waits ? row.state : alive())
  } catch (error) {
    // A server that answers something else: it may be too full for another connection, or too old for the question.
    const answers = error instanceof pg.DatabaseError || isFull(error)
    return answers ? alive() : undefined
  }
}

function isFull(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'DB_TOO_MANY_CONNECTIONS'
}

/** Runs one of the queries above about the session, over a connection of its own. */
async function ask(session: WatchedSession, query: string): Promise<unknown[]> {
  const backend = session.backend()
  if (backend === undefined) return []
  const client = await connect(session.connection, phase)
  try {
    return (await client.query(query, [backend.pid, backend.started])).rows
  } finally {
    await client.end()
  }
}
