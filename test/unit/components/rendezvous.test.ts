import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { components, findComponent } from '../../../src/components/list.ts'
import { openRendezvous } from '../../../src/components/rendezvous.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rendezvous-test-'))
})
afterEach(() => rm(directory, { recursive: true }))

it.each(['component-database.error', 'component-database.json', 'component-database.exit'])(
  'a component that needs the snapshot of another waits no longer than until that one has left %s',
  async (file) => {
    const storage = findComponent('storage')
    if (storage === undefined) throw new Error('no storage')
    const { arrived } = openRendezvous({
      ...{ component: storage, wanted: components, directory, generation: join(directory, 'generation') },
      ...{ log: silentLog, signal: AbortSignal.timeout(5000) },
    })
    // As the script opens it for the worker to write into.
    await writeFile(join(directory, 'component-database.json'), '')
    const waited = arrived()
    const soon = new Promise((resolve) => setTimeout(() => resolve('waits'), 200))
    expect(await Promise.race([waited, soon])).toBe('waits')
    await writeFile(join(directory, file), 'ended')
    expect(await waited).toBe(false)
  },
)
