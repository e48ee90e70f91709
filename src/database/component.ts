import type { Component } from '../components/component.ts'

/** The database with all of its schemas and rows, the accounts of auth among them. */
export const database: Component = {
  name: 'database',
  order: 10,
  holds: 'tables, functions, policies, roles, users',
  configuration: {
    missing(settings) {
      if (settings.SUPABASE_DB_URL !== undefined) return undefined
      const known = settings.SUPABASE_DB_PASSWORD ?? settings.SUPABASE_ACCESS_TOKEN
      if (settings.SUPABASE_PROJECT_REF !== undefined && known !== undefined) return undefined
      return {
        code: 'DB_MISSING',
        message: 'There is no way to reach the database.',
        suggestion:
          'Set SUPABASE_DB_URL, or SUPABASE_PROJECT_REF and either SUPABASE_DB_PASSWORD or SUPABASE_ACCESS_TOKEN.',
      }
    },
    lost: 'Without a connection to the database there are no tables, functions, policies and users.',
  },
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
  arms: true,
  async preflightDrill({ config }) {
    const { checkDrill } = await import('../drill/preflight.ts')
    return checkDrill(config)
  },
  async coverage() {
    const { databaseCoverage } = await import('./coverage.ts')
    return databaseCoverage
  },
}
