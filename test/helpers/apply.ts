import { join } from 'node:path'
import type { ComponentResult } from '../../src/common/findings.ts'
import { silentLog } from '../../src/common/log.ts'
import { formatOf, type Manifest } from '../../src/common/manifest.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Project } from '../../src/project/project.ts'
import { applyBackup } from '../../src/restore/apply.ts'
import { openRestores } from '../../src/restore/open.ts'
import { withPassingState } from '../../src/restore/resume-state.ts'
import { prepareClients17 } from './clients-17.ts'
import { placesIn } from './places.ts'

/** Restores the database of a generation, as the restore worker does after all its questions. */
export async function applyDatabase(options: {
  generation: string
  target: Pick<Project, 'database' | 'storage' | 'superuser'>
  /** Of the client programs. */
  major: 15 | 17
  disposable: boolean
}): Promise<ComponentResult[]> {
  const { generation, target, major, disposable } = options
  const config = loadConfig({
    ...placesIn(),
    ...{ PROJECT_NAME: 'shop', STATE_DIR: join(generation, 'state') },
    ...(major === 17 && { PG_BIN_DIR: (await prepareClients17()).binDirectory }),
  })
  const restores = await openRestores({
    ...{ config, generation, flags: {}, disposable, arm: false, rollback: false, wanted: ['database'] },
    target: { ...target, role: 'target', reference: 'a test project' },
    manifest: emptyManifest,
    log: silentLog,
    signal: new AbortController().signal,
  })
  try {
    return await withPassingState((progress) => applyBackup(restores, progress))
  } finally {
    await restores.close()
  }
}

const emptyManifest: Manifest = {
  format: formatOf({}),
  tool: { name: 'supabase-backup', version: '0.0.0' },
  runId: 'run',
  project: { name: 'shop', ref: null, url: null },
  startedAt: '2026-11-28T03:00:00Z',
  snapshotAt: null,
  status: 'complete',
  components: [],
  versions: {},
  files: {},
}
