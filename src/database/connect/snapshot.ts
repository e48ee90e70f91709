import pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { connect, type DatabaseConnection } from './connection.ts'
import { databaseError } from './query-errors.ts'

const phase = 'database/snapshot'

/** Poolers and firewalls drop connections that look idle; in milliseconds. */
const pingMs = 30_000
/** A server that has not answered such a question for so long never will, nor any other; in milliseconds. */
const silenceMs = 300_000

/** One instant of a database, which any number of connections and pg_dump itself see alike. */
export interface Snapshot {
  /** For `pg_dump --snapshot` and `SET TRANSACTION SNAPSHOT`. */
  id: string
  /** ISO 8601, UTC, by the server's clock. */
  takenAt: string
  /** `server_version_num`, e.g. 150020. */
  serverVersion: number
  /** A client in the snapshot. One query at a time. */
  lead: pg.Client
  /** Another client in the snapshot; ended by `close`, or earlier by the caller. */
  connect(): Promise<pg.Client>
  /** Ends the client's transaction, releasing its locks, and begins another one in the same snapshot. */
  renew(client: pg.Client): Promise<void>
  /** Fires when the server has gone silent. Every query has failed by then; programs have to be stopped. */
  lost: AbortSignal
  /** Ends every connection, and with them the snapshot. */
  close(): Promise<void>
}

const exportedRow = z.object({ id: z.string(), takenAt: z.string(), serverVersion: z.number() })

const begin = 'begin isolation level repeatable read, read only'

/**
 * Opens a snapshot and holds it until `close`: a connection of its own keeps the exporting transaction open and
 * says so now and then, since a snapshot dies with the transaction that exported it. Where that gets no answer any more,
 * although nothing has broken the connection, as behind a pooler that lost its server, all of them are given up.
 */
export async function openSnapshot(
  connection: DatabaseConnection,
  limits: { pingMs: number; silenceMs: number } = { pingMs, silenceMs },
): Promise<Snapshot> {
  const holder = await connect(connection, phase)
  const clients = new Set<pg.Client>([holder])
  const close = async () => {
    clearInterval(timer)
    await Promise.allSettled([...clients].map((client) => client.end()))
  }
  const lost = new AbortController()
  let unansweredSince: number | undefined
  const ping = async () => {
    const now = performance.now()
    if (unansweredSince === undefined) {
      unansweredSince = now
      await holder.query('select 1').catch(() => {})
      unansweredSince = undefined
    } else if (now - unansweredSince > limits.silenceMs) {
      lost.abort(silent())
      await close()
    }
  }
  const timer = setInterval(() => void ping(), limits.pingMs)
  timer.unref()
  try {
    await holder.query(begin)
    const { rows } = await holder.query(
      `select pg_catalog.pg_export_snapshot() as id, current_setting('server_version_num')::int as "serverVersion",
         to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "takenAt"`,
    )
    const exported = exportedRow.parse(rows[0])
    const importSnapshot = `${begin}; set transaction snapshot ${pg.escapeLiteral(exported.id)}`
    const enter = async (client: pg.Client, sql: string) => {
      try {
        await client.query(sql)
      } catch (error) {
        throw snapshotLost(error)
      }
    }
    const another = async () => {
      const client = await connect(connection, phase)
      clients.add(client)
      client.once('end', () => clients.delete(client))
      await enter(client, importSnapshot)
      return client
    }
    return {
      ...exported,
      lead: await another(),
      connect: another,
      lost: lost.signal,
      renew: (client) => enter(client, `commit; ${importSnapshot}`),
      close,
    }
  } catch (error) {
    await close()
    throw databaseError(error, phase)
  }
}

function snapshotLost(error: unknown): BackupError {
  return new BackupError({
    code: 'DB_SNAPSHOT_LOST',
    message: 'The snapshot of the database was lost during the backup: the connection that held it was cut.',
    detail: error instanceof Error ? error.message : String(error),
    suggestion:
      'Run the backup again. If it happens again, use the direct connection or the session pooler, and look for a proxy or firewall that cuts long connections.',
    phase,
    cause: error,
  })
}

function silent(): BackupError {
  return new BackupError({
    code: 'DB_CONNECTION_LOST',
    message: 'The database has gone silent: it does not answer any more, though no connection was broken.',
    suggestion: 'Check the network, and the pooler, between this machine and the database, then run again.',
    phase,
  })
}
