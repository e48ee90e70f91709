import { readFile } from 'node:fs/promises'
import type { Component } from '../components/component.ts'
import { scopeFlags, scopeIn } from './catalogue/scope-flags.ts'

/** The buckets and objects of Storage. */
export const storage: Component = {
  name: 'storage',
  order: 20,
  holds: 'buckets and objects',
  title: 'Storage',
  configuration: {
    missing(settings) {
      const { SUPABASE_PROJECT_REF: ref, SUPABASE_ACCESS_TOKEN: token } = settings
      // Its key can be asked of the Management API then.
      const asked = ref !== undefined && token !== undefined ? ['SUPABASE_SERVICE_ROLE_KEY'] : []
      const absent = (['SUPABASE_STORAGE_URL', 'SUPABASE_SERVICE_ROLE_KEY'] as const).filter(
        (name) => settings[name] === undefined && !asked.includes(name),
      )
      if (absent.length === 0) return undefined
      return {
        code: 'STORAGE_MISSING',
        message: `Storage cannot be read without ${absent.join(' and ')}.`,
        suggestion:
          'Set SUPABASE_PROJECT_REF or SUPABASE_URL, and SUPABASE_SERVICE_ROLE_KEY (or, with the reference, SUPABASE_ACCESS_TOKEN); or leave Storage out with --skip storage.',
      }
    },
    missingForEstimate(settings) {
      const { SUPABASE_DB_URL: url, SUPABASE_PROJECT_REF: ref } = settings
      const known = settings.SUPABASE_DB_PASSWORD ?? settings.SUPABASE_ACCESS_TOKEN
      const hasDatabase = url !== undefined || (ref !== undefined && known !== undefined)
      if (hasDatabase || storage.configuration.missing(settings) === undefined) return undefined
      return {
        code: 'STORAGE_MISSING',
        message:
          'There is no way to learn what Storage holds: neither the database nor Storage is configured.',
        suggestion:
          'Set SUPABASE_DB_URL; or, to have the objects listed through the Storage API, SUPABASE_PROJECT_REF (or SUPABASE_URL) and SUPABASE_SERVICE_ROLE_KEY.',
      }
    },
    lost: 'Without its address and key no object is in the backup.',
    target: ['SERVICE_ROLE_KEY'],
  },
  flags: {
    backup: scopeFlags,
    restore: {
      ...scopeFlags,
      'keep-extra': { type: 'boolean' },
      'verify-bytes': { type: 'string' },
    },
    narrows: Object.keys(scopeFlags),
    compares: ['verify-bytes'],
  },
  guarded: ['objects', 'bytes'],
  effort: [
    ...['objectsFetched', 'bytesFetched', 'objectsReused', 'bytesReused', 'objectsSalvaged', 'bytesSalvaged'],
    ...['bytesReceived', 'requests', 'retries'],
  ],
  gauges: [
    { name: 'supabase_backup_objects', help: 'Storage objects in the last good backup.', count: 'objects' },
  ],
  async preflight({ config }) {
    const { checkStorage } = await import('./preflight.ts')
    return checkStorage(config)
  },
  async estimate(context) {
    const { estimateComponent } = await import('./mirror/component.ts')
    return estimateComponent(context)
  },
  // Every change of an object is a change of its row.
  async fingerprint({ config }) {
    const { fingerprintOf } = await import('../database/capture/activity.ts')
    return fingerprintOf(config)
  },
  salvages: true,
  inSnapshot: {
    async write(context) {
      const { writeCatalogueOf } = await import('./mirror/component.ts')
      await writeCatalogueOf(context)
    },
    async isWritten(generation) {
      const { isCatalogueWritten } = await import('./mirror/component.ts')
      return isCatalogueWritten(generation)
    },
  },
  async backup(context) {
    const { backUpStorage } = await import('./mirror/component.ts')
    return backUpStorage(context)
  },
  files: {
    listedApart: 'storage/objects',
    apart: ({ bytes = 0, objects = 0 }) => ({ bytes, files: objects }),
    async check(context) {
      const { checkObjects } = await import('./verify/files.ts')
      return checkObjects(context)
    },
    part: {
      lists: (flags) =>
        Object.values(scopeIn(flags)).some((part) => part !== undefined)
          ? ['+ pf:storage/buckets.json', '+ pp:storage/manifest']
          : undefined,
      async chosen(generation, flags) {
        const { chosenObjects } = await import('./catalogue/chosen.ts')
        return chosenObjects(generation, scopeIn(flags))
      },
    },
  },
  async openRestore(context) {
    const { openStorageRestore } = await import('./restore/component.ts')
    return openStorageRestore(context)
  },
  keptRows: {
    async before(context) {
      const { observeTarget } = await import('./restore/reconcile.ts')
      await observeTarget(context)
    },
    async inTransaction() {
      const { markUnrestoredSql } = await import('./restore/unrestored.ts')
      return markUnrestoredSql
    },
    async after(context) {
      const { reconcileKept } = await import('./restore/component.ts')
      return reconcileKept(context)
    },
    async preview(context) {
      const { previewKept } = await import('./restore/component.ts')
      return previewKept(context)
    },
  },
  drill: {
    provable: true,
    async standIn(context) {
      const { standInForStorage } = await import('./restore/component.ts')
      return standInForStorage(context)
    },
  },
  async toDirectory(context) {
    const { writeToDirectory } = await import('./restore/component.ts')
    return writeToDirectory(context)
  },
  async export(context) {
    const { exportStorage } = await import('./export.ts')
    return exportStorage(context)
  },
  async exportSize({ manifest }) {
    return manifest.components.find(({ component }) => component === storage.name)?.counts['bytes'] ?? 0
  },
  diff: {
    files: ['+ pf:storage/buckets.json', '+ pp:storage/manifest'],
    absent: 'Not both have Storage, so the objects were not compared.',
    async compare(before, after) {
      const { diffStorage } = await import('./diff/diff.ts')
      return diffStorage(before, after)
    },
  },
  contents: {
    files: ['+ pf:storage/buckets.json', '+ pp:storage/manifest'],
    async describe(generation) {
      const { describeStorage } = await import('./contents.ts')
      return describeStorage(generation)
    },
  },
  async recovery() {
    const text = await readFile(new URL('./recovery.md', import.meta.url), 'utf8')
    return { text, programs: ['`curl` and `jq` for Storage'] }
  },
  async coverage() {
    const { storageCoverage } = await import('./coverage.ts')
    return storageCoverage
  },
}
