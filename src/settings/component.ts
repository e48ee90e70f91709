import type { Component } from '../components/component.ts'

/** The settings of a project that are not in its database: those of auth, API, Storage, Realtime, PostgreSQL and the network. */
export const settings: Component = {
  name: 'settings',
  order: 50,
  title: 'the settings',
  holds: 'settings of auth, API, Storage, Realtime, network',
  configuration: {
    optional: true,
    missing({ SUPABASE_PROJECT_REF: ref, SUPABASE_ACCESS_TOKEN: token, SUPABASE_STACK_ENV: stack }) {
      if (stack !== undefined || (ref !== undefined && token !== undefined)) return undefined
      return {
        code: 'SETTINGS_MISSING',
        message: 'There is no way to the settings without a project reference and an access token.',
        suggestion:
          'Set SUPABASE_PROJECT_REF and SUPABASE_ACCESS_TOKEN, or of a self-hosted project SUPABASE_STACK_ENV; or leave the settings out with --skip settings.',
      }
    },
    lost: 'Without them no setting outside the database is in the backup.',
    target: ['ACCESS_TOKEN'],
  },
  flags: { restore: { setting: { type: 'string', multiple: true } }, chooses: ['setting'] },
  guarded: ['settings'],
  effort: ['routes', 'requests', 'retries'],
  async preflight({ config }) {
    const { checkSettings } = await import('./preflight.ts')
    return checkSettings(config)
  },
  async estimate({ config }) {
    const { estimateSettings } = await import('./estimate.ts')
    return estimateSettings(config)
  },
  async fingerprint({ config, signal }) {
    const { fingerprintOf } = await import('./fingerprint.ts')
    return fingerprintOf(config, signal)
  },
  async backup(context) {
    const { backUpSettings } = await import('./capture.ts')
    return backUpSettings(context)
  },
  files: {},
  async openRestore(context) {
    const { openSettingsRestore } = await import('./open.ts')
    return openSettingsRestore(context)
  },
  drill: {
    provable: true,
    async standIn(context) {
      const { standInForSettings } = await import('./drill.ts')
      return standInForSettings(context)
    },
  },
  async export(context) {
    const { exportSettings } = await import('./export.ts')
    return exportSettings(context)
  },
  diff: {
    files: ['+ pp:settings'],
    absent: 'One of the two backups has no settings.',
    async compare(before, after) {
      const { compareBackups } = await import('./diff.ts')
      return compareBackups(before, after)
    },
  },
  contents: {
    files: ['+ pp:settings'],
    async describe(generation) {
      const { describeSettings } = await import('./contents.ts')
      return describeSettings(generation)
    },
  },
  async recovery({ generation }) {
    const { recoveryPart } = await import('./recovery.ts')
    return recoveryPart(generation)
  },
  async coverage() {
    const { settingsCoverage } = await import('./coverage.ts')
    return settingsCoverage
  },
}
