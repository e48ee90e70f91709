import type { Component } from '../components/component.ts'
import { scopeFlags } from './capture/scope-flags.ts'
import { partFlags } from './restore/part-flags.ts'

const recordedFacts = ['+ pf:database/dump/toc.dat', '+ sh:database/*.jsonl']

/** The database with all of its schemas and rows, the accounts of auth among them. */
export const database: Component = {
  name: 'database',
  order: 10,
  holds: 'tables, functions, policies, roles, users',
  title: 'the database',
  configuration: {
    missing(settings) {
      if (settings.SUPABASE_DB_URL !== undefined) return undefined
      const known = settings.SUPABASE_DB_PASSWORD ?? settings.SUPABASE_ACCESS_TOKEN
      if (settings.SUPABASE_PROJECT_REF !== undefined && known !== undefined) return undefined
      return {
        code: 'DB_MISSING',
        message: 'There is no way to reach the database.',
        suggestion:
          'Set SUPABASE_DB_URL, or SUPABASE_PROJECT_REF and either SUPABASE_DB_PASSWORD or SUPABASE_ACCESS_TOKEN. Where neither is known, backup.sh --skip database backs up what is reached otherwise, users by their API among it.',
      }
    },
    lost: 'Without a connection to the database there are no tables, functions, policies and users.',
    target: ['DB_URL'],
  },
  flags: {
    backup: scopeFlags,
    restore: {
      ...partFlags,
      batches: { type: 'boolean' },
      'leave-out': { type: 'string', multiple: true },
    },
    chooses: Object.keys(partFlags),
  },
  takesParts: true,
  guarded: ['tables', 'rows', 'dumpBytes', 'users'],
  async preflight({ config }) {
    const { checkDatabase } = await import('./preflight.ts')
    return checkDatabase(config)
  },
  async fingerprint({ config }) {
    const { fingerprintOf } = await import('./capture/activity.ts')
    return fingerprintOf(config)
  },
  opensSnapshot: true,
  async backup(context) {
    const { backUpDatabase } = await import('./capture/component.ts')
    return backUpDatabase(context)
  },
  files: { identity: ['database/cluster.jsonl'] },
  async openRestore(context) {
    const { openDatabaseRestore } = await import('./restore/component.ts')
    return openDatabaseRestore(context)
  },
  drill: {
    provable: true,
    async preflight({ config }) {
      const { checkDrill } = await import('../drill/preflight.ts')
      return checkDrill(config)
    },
    async requireStandIn(context) {
      const { requireStandInForDatabase } = await import('./restore/component.ts')
      return requireStandInForDatabase(context)
    },
    async standIn(context) {
      const { standInForDatabase } = await import('./restore/component.ts')
      return standInForDatabase(context)
    },
  },
  arm: {
    what: 'cron jobs and webhooks',
    async run(context) {
      const { armComponent } = await import('./restore/component.ts')
      return armComponent(context)
    },
  },
  async export(context) {
    const { exportDatabase } = await import('./export/export.ts')
    return exportDatabase(context)
  },
  async exportSize(context) {
    const { sizeOfExport } = await import('./export/export.ts')
    return sizeOfExport(context)
  },
  leftOut: {
    files: recordedFacts,
    async list(generation) {
      const { leftOutOf } = await import('./capture/left-out.ts')
      return leftOutOf(generation)
    },
  },
  diff: {
    files: recordedFacts,
    absent: 'Not both have a database, or the same part of one, so the databases were not compared.',
    async compare(before, after) {
      const { diffDatabases } = await import('./diff/diff.ts')
      return diffDatabases(before, after)
    },
  },
  contents: {
    files: recordedFacts,
    async describe(generation, partial) {
      const { describeDatabase } = await import('./contents.ts')
      return describeDatabase(generation, partial)
    },
  },
  async recovery(context) {
    const { describeRecovery } = await import('./recovery.ts')
    return describeRecovery(context)
  },
  async coverage() {
    const { databaseCoverage } = await import('./coverage.ts')
    return databaseCoverage
  },
}
