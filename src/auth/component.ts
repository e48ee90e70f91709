import { readFile } from 'node:fs/promises'
import type { Component } from '../components/component.ts'

/** The users, as the admin API tells of them: for a project whose database is not backed up, or not restored. */
export const auth: Component = {
  name: 'auth',
  order: 30,
  holds: 'users, where the database is not backed up',
  title: 'the users',
  // Its rows are the users, with all that no API tells: hashes, identities, factors, sessions.
  within: 'database',
  configuration: {
    optional: true,
    missing(settings) {
      const { SUPABASE_PROJECT_REF: ref, SUPABASE_URL: url = ref, SUPABASE_ACCESS_TOKEN: token } = settings
      // The key can be asked of the Management API then.
      const hasKey =
        settings.SUPABASE_SERVICE_ROLE_KEY !== undefined || (ref !== undefined && token !== undefined)
      if (url !== undefined && hasKey) return undefined
      return {
        code: 'AUTH_MISSING',
        message: 'The users cannot be read without the address of the project API and a secret key.',
        suggestion:
          'Set SUPABASE_URL (or SUPABASE_PROJECT_REF) and SUPABASE_SERVICE_ROLE_KEY (or, with the reference, SUPABASE_ACCESS_TOKEN); or leave the users out with --skip auth.',
      }
    },
    lost: 'Without them, and without the database, no user is in the backup.',
    target: ['URL', 'SERVICE_ROLE_KEY'],
  },
  flags: { restore: { 'update-users': { type: 'boolean' } } },
  guarded: ['users'],
  effort: ['usersFetched', 'usersReused', 'requests', 'retries'],
  async preflight({ config, signal }) {
    const { checkAuth } = await import('./preflight.ts')
    return checkAuth(config, signal)
  },
  async estimate(context) {
    const { estimateUsers } = await import('./backup/estimate.ts')
    return estimateUsers(context)
  },
  async backup(context) {
    const { backUpAuth } = await import('./backup/component.ts')
    return backUpAuth(context)
  },
  files: {},
  async openRestore(context) {
    const { openAuthRestore } = await import('./restore/component.ts')
    return openAuthRestore(context)
  },
  drill: {
    provable: true,
    async standIn(context) {
      const { standInForAuth } = await import('./restore/component.ts')
      return standInForAuth(context)
    },
  },
  async export(context) {
    const { exportUsers } = await import('./export.ts')
    return exportUsers(context)
  },
  diff: {
    files: ['+ pf:auth/users.jsonl'],
    absent: 'Not both have users apart from a database, so those were not compared.',
    async compare(before, after) {
      const { diffUsers } = await import('./diff.ts')
      return diffUsers(before, after)
    },
  },
  contents: {
    files: ['+ pf:auth/users.jsonl'],
    async describe(generation) {
      const { describeUsers } = await import('./contents.ts')
      return describeUsers(generation)
    },
  },
  async recovery() {
    const text = await readFile(new URL('./recovery.md', import.meta.url), 'utf8')
    return { text, programs: ['`curl` and `jq` for the users'] }
  },
  async coverage() {
    const { authCoverage } = await import('./coverage.ts')
    return authCoverage
  },
}
