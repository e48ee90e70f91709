import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { sha256File } from '../../src/common/files.ts'
import { silentLog as log } from '../../src/common/log.ts'
import { backupDatabase } from '../../src/database/capture/backup.ts'
import { captureCatalog } from '../../src/database/capture/catalog.ts'
import { dumpDatabase, writeSchema } from '../../src/database/capture/dump.ts'
import { captureSequences } from '../../src/database/capture/values.ts'
import { findClients } from '../../src/database/connect/clients.ts'
import { parseConnection } from '../../src/database/connect/connection.ts'
import { openSnapshot } from '../../src/database/connect/snapshot.ts'
import { peakBytes } from './peak.ts'

/** One backup in a process of its own, so that memory is its alone; a sample on stdout. */
const options = z
  .object({ url: z.string(), generation: z.string(), jobs: z.number(), rowHashes: z.boolean() })
  .parse(JSON.parse(await text(process.stdin)))

const started = performance.now()
const { generation, jobs } = options
const connection = parseConnection(options, 'bench')
const snapshot = await openSnapshot(connection)
const clients = await findClients({
  environment: process.env,
  serverMajor: Math.floor(snapshot.serverVersion / 10_000),
  log,
  phase: 'bench',
})
const directory = join(generation, 'database')
if (options.rowHashes) await backupDatabase({ snapshot, connection, clients, generation, jobs, log })
else {
  await captureCatalog(snapshot.lead, directory)
  const dump = {
    connection,
    clients,
    snapshotId: snapshot.id,
    directory,
    jobs,
    exclude: [],
    largeObjects: true,
  }
  await dumpDatabase(dump)
  await captureSequences(snapshot, directory)
  await writeSchema({ clients, directory })
}
await snapshot.close()
for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
  if (entry.isFile()) await sha256File(join(entry.parentPath, entry.name))

const { userCPUTime, systemCPUTime } = process.resourceUsage()
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: peakBytes(),
  }),
)
