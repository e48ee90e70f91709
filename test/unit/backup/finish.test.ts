import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { finishGeneration } from '../../../src/backup/finish.ts'
import { silentLog } from '../../../src/common/log.ts'
import { loadConfig, loadProject } from '../../../src/config/load.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-finish-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A run that neither database nor Storage was part of, with these left out as the settings lack for them. */
async function finish(unconfigured: string[], wanted: string[] = []) {
  const envFile = join(folder, 'shop.env')
  await writeFile(envFile, '', { mode: 0o600 })
  const { values } = await loadProject({ envFile, environment: { HOME: folder }, needed: [] })
  const generation = join(folder, 'generation')
  await mkdir(generation)
  return finishGeneration({
    ...{ config: loadConfig(values), generation, wanted, unconfigured, runDirectory: folder },
    ...{ previous: undefined, runId: 'run', started: new Date(), acceptShrink: false, log: silentLog },
  })
}

describe('A component that is not configured', () => {
  it('is named in the report, with what to set, and does not degrade the run', async () => {
    const { manifest } = await finish(['storage'])
    expect(manifest.status).toBe('complete')
    const storage = manifest.components.find(({ component }) => component === 'storage')
    expect(storage).toMatchObject({ status: 'skipped' })
    expect(storage?.findings).toMatchObject([{ severity: 'note', kind: 'component-not-configured' }])
    expect(storage?.findings[0]?.message).toMatch(/^Not backed up: storage\. .*Set SUPABASE_PROJECT_REF/)
  })

  it('is named together with the others, once', async () => {
    const { manifest } = await finish(['storage', 'functions', 'settings'])
    expect(manifest.components.flatMap(({ findings }) => findings)).toMatchObject([
      {
        ...{
          component: 'storage',
          kind: 'component-not-configured',
          names: ['storage', 'functions', 'settings'],
        },
        message: expect.stringContaining('--skip storage,functions,settings'),
      },
    ])
  })

  it('is not mentioned where the operator left it out', async () => {
    const { manifest } = await finish([])
    expect(manifest.components.flatMap(({ findings }) => findings)).toEqual([])
  })
})

describe('A component whose backup failed', () => {
  const refused = { code: 'DB_PASSWORD_WRONG', message: 'The password was refused.', detail: null }
  const error = { ...refused, suggestion: 'Put the current one there.', phase: 'database/snapshot' }

  /** What the worker of a component left behind. */
  async function left(component: string, exit: number, document: object): Promise<void> {
    await writeFile(join(folder, `component-${component}.json`), JSON.stringify(document))
    await writeFile(join(folder, `component-${component}.exit`), `${exit}\n`)
  }

  it('tells why, and the next one with the same reason names the first instead of repeating it', async () => {
    await left('database', 1, { error })
    await left('storage', 1, { error })
    await left('functions', 1, { error: { ...error, message: 'Another.' } })
    const { manifest } = await finish([], ['database', 'storage', 'functions'])
    const [database, storage, functions] = ['database', 'storage', 'functions'].map(
      (name) => manifest.components.find(({ component }) => component === name)?.findings[0]?.message,
    )
    expect(database).toContain('The password was refused. ')
    expect(storage).toContain('for the reason that database has told')
    expect(storage).not.toContain('The password')
    expect(functions).toContain('Another.')
  })

  it('whose worker was killed is told with the name of the signal', async () => {
    await left('storage', 137, {})
    const { manifest } = await finish([], ['storage'])
    expect(JSON.stringify(manifest.components)).toContain('The worker storage.ts was ended by SIGKILL.')
  })
})
