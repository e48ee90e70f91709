import { rm } from 'node:fs/promises'
import { inject } from 'vitest'
import { type Log, silentLog } from '../../src/common/log.ts'
import type { PostgresClients } from '../../src/database/connect/client-programs.ts'
import { type DatabaseConnection, parseConnection } from '../../src/database/connect/connection.ts'
import { backupInto, testClients } from './database.ts'
import { startTestPlatform, type TestPlatform } from './sandbox.ts'

/** A project whose database is backed up, and another that the backup is restored to. */
export interface DatabasePair {
  source: TestPlatform
  target: TestPlatform
  clients: PostgresClients
  generation: string
  /** For `restoreDatabase`, `restoreSelection` and `verifyDatabase`. */
  options(): { generation: string; clients: PostgresClients; log: Log; target: DatabaseConnection }
  stop(): Promise<void>
}

/**
 * Starts both, and backs up the one once the two are filled.
 * @param major of their servers; default: the tests' own
 */
export async function openDatabasePair(
  fill: (pair: Pick<DatabasePair, 'source' | 'target'>) => Promise<unknown>,
  major: 15 | 17 = inject('major'),
): Promise<DatabasePair> {
  const [source, target, clients] = await Promise.all([
    startTestPlatform({ major }),
    startTestPlatform({ major }),
    testClients(major),
  ])
  const stop = () => Promise.all([source.stop(), target.stop()])
  try {
    await fill({ source, target })
    const generation = await backupInto(source.databaseUrl, clients)
    return {
      ...{ source, target, clients, generation },
      options: () => ({
        ...{ generation, clients, log: silentLog },
        target: parseConnection({ url: target.databaseUrl }, 'test'),
      }),
      async stop() {
        await stop()
        await rm(generation, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
