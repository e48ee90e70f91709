import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { silentLog as log } from '../../src/common/log.ts'
import { findClients } from '../../src/database/connect/clients.ts'
import { parseConnection } from '../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../src/database/verify/verify.ts'
import { peakBytes } from './peak.ts'

/** One restore, or one verification, in a process of its own, so that memory is its alone; a sample on stdout. */
const options = z
  .object({
    url: z.string(),
    generation: z.string(),
    serverMajor: z.number(),
    work: z.enum(['restore', 'restore and compare rows', 'verify']),
  })
  .parse(JSON.parse(await text(process.stdin)))

const started = performance.now()
const { generation, work, serverMajor } = options
const target = parseConnection(options, 'bench')
const clients = await findClients({ environment: process.env, serverMajor, log, phase: 'bench' })
if (work === 'verify') {
  const { differences } = await verifyDatabase({ generation, target, clients, log })
  if (differences.length > 0) throw new Error(`verification found ${JSON.stringify(differences)}`)
} else await restoreDatabase({ generation, target, clients, log, hash: work === 'restore and compare rows' })

const { userCPUTime, systemCPUTime } = process.resourceUsage()
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: peakBytes(),
  }),
)
