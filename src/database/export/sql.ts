import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '../../common/process.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import type { ContentsEntry } from '../rules/contents.ts'

/**
 * Writes `database.sql`: definitions and rows as one script for psql.
 * @param options.entries only these; undefined for the whole dump
 */
export async function exportSql(options: {
  clients: PostgresClients
  dump: string
  entries: readonly ContentsEntry[] | undefined
  directory: string
  signal: AbortSignal
}): Promise<void> {
  const { clients, dump, entries, directory, signal } = options
  const scratch = await mkdtemp(join(tmpdir(), 'supabase-export-'))
  try {
    const list = join(scratch, 'list')
    await writeFile(list, (entries ?? []).map(({ dumpId }) => `${dumpId};\n`).join(''))
    const args = [
      ...(entries === undefined ? [] : ['-L', list]),
      `--file=${join(directory, 'database.sql')}`,
      dump,
    ]
    await runProgram({
      ...clients.command('pg_restore', args, {}, [dump, directory, scratch]),
      signal,
      phase: 'export/sql',
      suggestion: 'Check the room on the disk, and the backup with restore.sh --verify.',
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
