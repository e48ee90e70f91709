import type { Component } from '../components/component.ts'
import { lazily } from '../components/lazily.ts'

const proven =
  'The drill set the settings at a stand-in of the Management API and read them back: it proves that they are in the backup and can be set, not what the platform makes of them.'

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
  preflight: lazily(
    () => import('./preflight.ts'),
    ({ checkSettings }) => checkSettings,
  ),
  estimate: lazily(
    () => import('./estimate.ts'),
    ({ estimateSettings }) => estimateSettings,
  ),
  fingerprint: lazily(
    () => import('./fingerprint.ts'),
    ({ fingerprintOf }) => fingerprintOf,
  ),
  backup: lazily(
    () => import('./capture.ts'),
    ({ backUpSettings }) => backUpSettings,
  ),
  files: {},
  openRestore: lazily(
    () => import('./open.ts'),
    ({ openSettingsRestore }) => openSettingsRestore,
  ),
  drill: {
    provable: true,
    standIn: lazily(
      () => import('../drill/management-target.ts'),
      ({ standInAtApi }) => standInAtApi('settings', proven),
    ),
  },
  export: lazily(
    () => import('./export.ts'),
    ({ exportSettings }) => exportSettings,
  ),
  diff: {
    files: ['+ pp:settings'],
    absent: 'One of the two backups has no settings.',
    compare: lazily(
      () => import('./diff.ts'),
      ({ compareBackups }) => compareBackups,
    ),
  },
  contents: {
    files: ['+ pp:settings'],
    describe: lazily(
      () => import('./contents.ts'),
      ({ describeSettings }) => describeSettings,
    ),
  },
  recovery: lazily(
    () => import('./recovery.ts'),
    ({ recoveryPart }) => recoveryPart,
  ),
  coverage: lazily(
    () => import('./coverage.ts'),
    ({ settingsCoverage }) =>
      () =>
        settingsCoverage,
  ),
}
