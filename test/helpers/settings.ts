import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/common/log.ts'
import type { Manifest } from '../../src/common/manifest.ts'
import type { ComponentProgress, ComponentRestore, RestoreContext } from '../../src/components/component.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createManagementClient } from '../../src/management-api/client.ts'
import { captureSettings } from '../../src/settings/capture.ts'
import { openSettingsRestore } from '../../src/settings/open.ts'
import { sourceOf } from '../../src/settings/source.ts'
import type { ProjectState } from '../../src/standin/management-api/project-state.ts'
import { type ManagementApi, startManagementApi } from '../../src/standin/management-api/server.ts'
import { placesIn } from './places.ts'

export const token = `sbp_${'0123456789'.repeat(4)}`

export interface SettingsWorld {
  api: ManagementApi
  origin: ProjectState
  target: ProjectState
  /** Backs up the settings of the project into a new generation. */
  backUp(ref: string, options?: { previous?: string; leftOut?: string[] }): ReturnType<typeof backUpInto>
  /** Opens the restore of a generation into a project. */
  open(generation: string, ref: string, options?: Partial<RestoreContext>): Promise<ComponentRestore>
  stop(): Promise<void>
}

const backUpInto = async (
  api: ManagementApi,
  ref: string,
  folder: string,
  { previous, leftOut = [] }: { previous?: string; leftOut?: string[] },
) => {
  const generation = await mkdtemp(join(folder, 'generation-'))
  const client = createManagementClient({
    endpoint: { url: api.url, token },
    retry: { retries: 2, minTimeoutMs: 1, maxTimeoutMs: 1 },
  })
  try {
    const result = await captureSettings({
      source: sourceOf(client, ref),
      generation,
      previous,
      leftOut,
      log: silentLog,
    })
    return { generation, result }
  } finally {
    await client.close()
  }
}

export const originRef = 'abcdefghijklmnopqrst'
export const targetRef = 'tsrqponmlkjihgfedcba'

/** A stand-in of the API with two projects. */
export async function openSettingsWorld(): Promise<SettingsWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'settings-'))
  const api = await startManagementApi({ token })
  const origin = await api.add({ ref: originRef })
  const target = await api.add({ ref: targetRef })
  return {
    ...{ api, origin, target },
    backUp: (ref, options = {}) => backUpInto(api, ref, folder, options),
    open: (generation, ref, options = {}) =>
      openSettingsRestore(contextOf(generation, { url: api.url, token }, ref, options)),
    async stop() {
      await api.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function contextOf(
  generation: string,
  endpoint: { url: string; token: string },
  ref: string,
  options: Partial<RestoreContext>,
): RestoreContext {
  const manifest: Manifest = {
    ...{ format: 1, tool: { name: 'supabase-backup', version: '0' }, runId: 'run', status: 'complete' },
    ...{ project: { name: 'shop', ref: originRef, url: null }, startedAt: '2026-01-01T00:00:00Z' },
    ...{ snapshotAt: null, components: [], versions: {}, files: {} },
  }
  return {
    ...{ generation, manifest, flags: {}, wanted: ['settings'], arm: false, rollback: false },
    ...{ disposable: false, log: silentLog, signal: new AbortController().signal },
    config: loadConfig({ ...placesIn(generation), PROJECT_NAME: 'shop' }),
    target: {
      ...{ role: 'target', reference: ref, database: undefined, storage: undefined },
      management: { endpoint, ref },
    },
    ...options,
  }
}

/** A progress that is kept in memory. */
export function progressInMemory(): ComponentProgress {
  const state: Record<string, unknown> = {}
  return { state, inTransaction: '', note: async (more) => void Object.assign(state, more) }
}
