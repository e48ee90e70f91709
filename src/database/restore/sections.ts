import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { programError, startProgram } from '../../common/process.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import type { PsqlSession } from '../connect/psql.ts'
import type { StatementError } from '../connect/psql-errors.ts'
import { ownSearchPath } from '../connect/search-path.ts'
import type { ContentsEntry } from '../rules/contents.ts'

const phase = 'database/restore'

/** What pg_restore writes before the first entry, line by line, besides comments and `\restrict`. */
const headerLines = new Set([
  'SET statement_timeout = 0;',
  'SET lock_timeout = 0;',
  'SET idle_in_transaction_session_timeout = 0;',
  'SET transaction_timeout = 0;',
  "SET client_encoding = 'UTF8';",
  'SET standard_conforming_strings = on;',
  "SET standard_conforming_strings = 'on';",
  "SELECT pg_catalog.set_config('search_path', '', false);",
  'SET check_function_bodies = false;',
  'SET xmloption = content;',
  'SET client_min_messages = warning;',
])
const lastHeaderLine = 'SET row_security = off;'
const transactionTimeoutSince = 170_000

function unknownHeader(line: string): BackupError {
  return new BackupError({
    code: 'DUMP_HEADER_UNKNOWN',
    message: 'This pg_restore begins its output in a way the toolkit does not know.',
    detail: line,
    suggestion:
      'Set PG_BIN_DIR to the client programs of a PostgreSQL release from 15 to 18, or upgrade the toolkit.',
    phase,
  })
}

function checkedHeader(lines: readonly string[], serverVersion: number): string[] {
  return lines.filter((line) => {
    const known =
      line === '' || line.startsWith('--') || line.startsWith('\\restrict ') || headerLines.has(line)
    if (!known) throw unknownHeader(line)
    // pg_restore 17 sets it on any server; older ones do not know it.
    return !line.startsWith('SET transaction_timeout') || serverVersion >= transactionTimeoutSince
  })
}

/**
 * Passes pg_restore's output on unchanged, but for its header: `settings` are inserted behind it, and a setting the
 * server does not know is left out.
 * @param trusted whether no name or row can be taken for a command of psql's, which \restrict forbids otherwise
 * @throws BackupError when the header is not as known
 */
export async function* withSettings(
  output: AsyncIterable<Buffer>,
  settings: string,
  serverVersion: number,
  trusted = true,
): AsyncGenerator<Buffer | string> {
  const end = Buffer.from(`\n${lastHeaderLine}\n`)
  let header = Buffer.alloc(0)
  let inHeader = true
  for await (const chunk of output) {
    if (!inHeader) {
      yield chunk
      continue
    }
    header = Buffer.concat([header, chunk])
    const at = header.indexOf(end)
    if (at === -1) continue
    inHeader = false
    const lines = header.toString('utf8', 0, at).split('\n')
    if (!trusted && !lines.some((line) => line.startsWith('\\restrict '))) throw unrestricted()
    yield `${checkedHeader(lines, serverVersion).join('\n')}`
    yield `\n${lastHeaderLine}\n${settings}\n`
    yield header.subarray(at + end.length)
  }
  if (inHeader) throw unknownHeader(header.toString('utf8', 0, 200))
}

/** pg_restore's output with definitions as they are to be restored, of entries of which it writes something else. */
async function* withDefinitions(
  output: AsyncIterable<Buffer>,
  entries: readonly ContentsEntry[],
): AsyncGenerator<Buffer> {
  const text = Buffer.concat(await Array.fromAsync(output))
  let at = 0
  for (const { defn, written = '' } of entries) {
    const start = text.indexOf(written, at)
    if (start === -1) continue
    yield text.subarray(at, start)
    yield Buffer.from(defn)
    at = start + Buffer.byteLength(written)
  }
  yield text.subarray(at)
}

/** Entries of which something may stand at the beginning of a line: names with line breaks, rows. */
function canHoldCommands({ desc, tag, namespace, owner, tablespace, accessMethod }: ContentsEntry): boolean {
  return (
    desc === 'TABLE DATA' ||
    [tag, namespace, owner, tablespace, accessMethod].some((name) => /[\n\r]/.test(name))
  )
}

function unrestricted(): BackupError {
  return new BackupError({
    code: 'PG_CLIENTS_UNSAFE',
    message:
      'The backup has names with line breaks, which these PostgreSQL client programs cannot keep from being taken for commands (CVE-2025-8714, CVE-2025-8715).',
    suggestion:
      'Install the newest minor release of the client programs: sudo apt-get update && sudo apt-get install --only-upgrade postgresql-client-15 postgresql-client-16 postgresql-client-17, or point PG_BIN_DIR at newer ones.',
    phase,
    exitCode: ExitCode.configuration,
  })
}

export interface SectionOptions {
  clients: PostgresClients
  /** The dump's directory. */
  dump: string
  entries: readonly ContentsEntry[]
  /** Leaves out who owns what. */
  noOwner?: boolean | undefined
  signal?: AbortSignal | undefined
}

export interface FeedOptions {
  session: PsqlSession
  /** SQL run behind pg_restore's own settings, e.g. a search_path. */
  settings: string
  /** `server_version_num` of the target. */
  serverVersion: number
  /** Undoes it and goes on, when a statement fails. */
  attempt?: boolean | undefined
  /** Called when all of it has been handed on, and only the server is still at work. */
  onHanded?: (() => void) | undefined
}

/** A pg_restore that has begun, and waits for its output to be read. */
export interface Section {
  /** Restores it, through the session and inside its transaction. @returns what failed in an attempt */
  feed(options: FeedOptions): Promise<StatementError | undefined>
  /** Ends it unread. */
  discard(): Promise<void>
}

/** Begins to write out some entries of a dump, in the order given. */
export async function openSection(options: SectionOptions): Promise<Section> {
  const directory = await mkdtemp(join(tmpdir(), 'supabase-restore-'))
  const tidy = () => rm(directory, { recursive: true, force: true })
  const list = join(directory, 'list')
  await writeFile(list, options.entries.map((entry) => `${entry.dumpId};\n`).join(''))
  const owner = options.noOwner ? ['--no-owner'] : []
  const program = {
    ...options.clients.command('pg_restore', ['-L', list, '-f', '-', ...owner, options.dump], {}, [
      directory,
      options.dump,
    ]),
    signal: options.signal,
    phase,
  }
  const child = startProgram(program)
  child.stdin.end()
  // Node throws away what a program that has ended wrote, where nobody reads it yet.
  const output = child.stdout.pipe(new PassThrough())
  const feed = async ({ session, settings, serverVersion, attempt, onHanded }: FeedOptions) => {
    let failed: StatementError | undefined
    const script = async function* () {
      const trusted = !options.entries.some(canHoldCommands)
      const changed = options.entries.filter(({ written }) => written !== undefined)
      const restored = changed.length === 0 ? output : withDefinitions(output, changed)
      yield* withSettings(restored, settings, serverVersion, trusted)
      yield ownSearchPath
      onHanded?.()
    }
    try {
      if (attempt) failed = await session.attempt(script())
      else await session.feed(script())
    } catch (error) {
      child.stop()
      const end = await child.ended
      if (end.code !== 0 && end.code !== null) throw programError(program, end, 'See the detail.')
      throw error
    }
    const end = await child.ended
    if (end.code !== 0)
      throw programError(
        program,
        end,
        'Check the backup with restore.sh --verify, or choose another archive.',
      )
    return failed
  }
  return {
    feed: (to) => feed(to).finally(tidy),
    async discard() {
      child.stop()
      output.resume()
      await child.ended
      await tidy()
    },
  }
}

/** Restores some entries of a dump, in the order given. @returns what failed in an attempt */
export async function restoreSection(
  options: SectionOptions & FeedOptions,
): Promise<StatementError | undefined> {
  if (options.entries.length === 0) return undefined
  const section = await openSection(options)
  return section.feed(options)
}
