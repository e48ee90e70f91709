import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/common/log.ts'
import { connect, parseConnection } from '../../src/database/connect/connection.ts'
import { type Loaded, loadRows } from '../../src/database/import/load.ts'
import { surveyRows } from '../../src/database/import/rows-file.ts'
import { inspectTable } from '../../src/database/import/target-table.ts'
import { testClients } from './database.ts'
import { startTestPlatform, type TestPlatform } from './sandbox.ts'

/** A database, and what loads rows into its tables, as `restore.sh --from-json` does. */
export interface RowsLoader {
  platform: TestPlatform
  /** Loads the bytes of a file of rows. */
  load(table: { schema: string; name: string }, bytes: string | Buffer, replace?: boolean): Promise<Loaded>
  stop(): Promise<void>
}

export async function openRowsLoader(): Promise<RowsLoader> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-load-'))
  const [platform, clients] = await Promise.all([startTestPlatform(), testClients()])
  const target = parseConnection({ url: platform.databaseUrl }, 'test')
  return {
    platform,
    async load(wanted, bytes, replace = false) {
      const file = join(folder, 'rows.jsonl')
      await writeFile(file, bytes)
      const client = await connect(target, 'test')
      const table = await inspectTable(client, wanted).finally(() => client.end())
      const { signal } = new AbortController()
      const { names } = await surveyRows(file)
      return loadRows({ file, names, table, replace, target, clients, log: silentLog, signal })
    },
    async stop() {
      await platform.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
