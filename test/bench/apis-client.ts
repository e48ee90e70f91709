/**
 * One backup of the users or of the edge functions over their API, in a process of its own so that its memory is its alone:
 *
 *     apis-client.ts users|functions < options.json
 *
 * Prints one JSON document: a sample as the harness takes it.
 */
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { silentLog as log } from '../../src/common/log.ts'
import { components } from '../../src/components/list.ts'
import { loadConfig, loadProject } from '../../src/config/load.ts'
import { peakBytes } from './peak.ts'

const { environment, generation, previous } = z
  .object({
    environment: z.record(z.string(), z.string()),
    generation: z.string(),
    previous: z.string().optional(),
  })
  .parse(await json(process.stdin))
const component = components.find(({ name }) => name === process.argv[2])
if (component === undefined) throw new Error(`no component ${process.argv[2]}`)

await mkdir(generation, { recursive: true })
const envFile = join(dirname(generation), 'bench.env')
const config = loadConfig((await loadProject({ envFile, environment, needed: [] })).values)
const started = performance.now()
const { result } = await component.backup({
  ...{ config, log, signal: new AbortController().signal, generation, previous },
  ...{ salvage: [], flags: {}, isInSnapshot: false, fillSnapshot: async () => [], known: [] },
})
const seconds = (performance.now() - started) / 1000
const { userCPUTime, systemCPUTime } = process.resourceUsage()
const { requests = 0, bytesReceived: bytes = 0 } = result.counts
if (result.status !== 'complete') throw new Error(JSON.stringify(result))
process.stdout.write(
  JSON.stringify({
    seconds,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: peakBytes(),
    requests,
    bytes,
  }),
)
