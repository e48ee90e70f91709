import type { Log } from '../../common/log.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import type { Weakening } from './weakened.ts'

export interface DatabaseRestoreOptions {
  /** Directory of the generation, verified against its manifest. */
  generation: string
  target: DatabaseConnection
  clients: PostgresClients
  log: Log
  signal?: AbortSignal | undefined
  /**
   * Whether to compare every row's hash before the COMMIT; true unless the target is disposable and verified as a
   * whole right afterwards.
   */
  hash?: boolean | undefined
  /** Whether cron jobs and webhooks become active at once; false unless the target takes the origin's place. */
  arm?: boolean | undefined
  /**
   * A superuser of a disposable target without supautils, for the few things a hosted project lets postgres make and a
   * plain server does not; they are named in a finding.
   */
  superuser?: DatabaseConnection | undefined
  /**
   * In many transactions instead of one, for a target whose lock table that does not fit. A failure leaves
   * a part of the backup there; run again, the restore begins anew.
   */
  batches?: boolean | undefined
  /** Entries of the dump to be left out, as `nameOf` spells them, with what depends on them. */
  leaveOut?: readonly string[] | undefined
  /** Entries that the backup was made without, with which goes what depends on them. */
  notHeld?: readonly string[] | undefined
  /** Definitions alone: the target ends without rows, accounts, secrets and cron jobs. */
  schemaOnly?: boolean | undefined
  /** The generation is the target itself as it was: roles and extensions that came since are dropped. */
  rollback?: boolean | undefined
  /** Where the names of what was left out are written, one JSON object a line; nowhere by default. */
  leftOutFile?: string | undefined
  /** Whether the target opens the vault's secrets of the backup as they are. */
  opensSecrets?: boolean | undefined
  /** SQL to run in the same transaction once the rows are checked. */
  finally?: string | undefined
  /** Called with the transaction's id, and what it does not bring back as it was, when nothing but its COMMIT is left. */
  beforeCommit?: ((transaction: string, weakened: Weakening[]) => Promise<void>) | undefined
  /** Called when, after all, that transaction is known not to have been committed. */
  onAborted?: (() => Promise<void>) | undefined
  /** How long to wait for a sign of life of the target, in milliseconds; see `watchSession`. */
  silenceMs?: number | undefined
  /** How long to ask what became of a COMMIT whose answer was lost, in milliseconds. */
  settleMs?: number | undefined
}
