import type { Component } from '../components/component.ts'
import { lazily } from '../components/lazily.ts'

const proven =
  'The drill deployed the functions to a stand-in of the Management API and read them back: it proves that all their files and settings are in the backup and can be deployed, not that the platform would bundle and run them. Their secrets are compared by name only where a real project is restored to.'

/** What tells of the functions without their sources. */
const indexFiles = ['+ pf:functions/index.json', '+ pf:functions/secrets.json']

/** The edge functions, and what is known of their secrets. */
export const functions: Component = {
  name: 'functions',
  order: 40,
  title: 'the edge functions',
  holds: 'edge functions, names of their secrets',
  configuration: {
    optional: true,
    missing({ SUPABASE_PROJECT_REF: ref, SUPABASE_ACCESS_TOKEN: token, SUPABASE_FUNCTIONS_DIR: folder }) {
      if (folder !== undefined || (ref !== undefined && token !== undefined)) return undefined
      return {
        code: 'FUNCTIONS_MISSING',
        message: 'There is no way to the edge functions without a project reference and an access token.',
        suggestion:
          'Set SUPABASE_PROJECT_REF and SUPABASE_ACCESS_TOKEN, or of a self-hosted project SUPABASE_FUNCTIONS_DIR; or leave the functions out with --skip functions.',
      }
    },
    lost: 'Without them no function of the project is in the backup.',
    target: ['PROJECT_REF', 'ACCESS_TOKEN'],
  },
  flags: { restore: { 'keep-extra': { type: 'boolean' } } },
  guarded: ['functions', 'secrets'],
  effort: ['functionsFetched', 'functionsReused', 'bytesReceived', 'requests', 'retries'],
  preflight: lazily(
    () => import('./preflight.ts'),
    ({ checkFunctions }) => checkFunctions,
  ),
  estimate: lazily(
    () => import('./estimate.ts'),
    ({ estimateFunctions }) => estimateFunctions,
  ),
  fingerprint: lazily(
    () => import('./fingerprint.ts'),
    ({ fingerprintOf }) => fingerprintOf,
  ),
  backup: lazily(
    () => import('./capture.ts'),
    ({ backUpFunctions }) => backUpFunctions,
  ),
  files: {
    check: lazily(
      () => import('./files-check.ts'),
      ({ checkSourceFiles }) => checkSourceFiles,
    ),
  },
  openRestore: lazily(
    () => import('./restore.ts'),
    ({ openFunctionsRestore }) => openFunctionsRestore,
  ),
  drill: {
    provable: true,
    standIn: lazily(
      () => import('../drill/management-target.ts'),
      ({ standInAtApi }) => standInAtApi('functions', proven),
    ),
  },
  export: lazily(
    () => import('./export.ts'),
    ({ exportFunctions }) => exportFunctions,
  ),
  diff: {
    files: indexFiles,
    absent: 'One of the two backups has no functions.',
    compare: lazily(
      () => import('./diff.ts'),
      ({ compareBackups }) => compareBackups,
    ),
  },
  contents: {
    files: indexFiles,
    describe: lazily(
      () => import('./contents.ts'),
      ({ describeFunctions }) => describeFunctions,
    ),
  },
  recovery: lazily(
    () => import('./recovery.ts'),
    ({ recoveryPart }) => recoveryPart,
  ),
  coverage: lazily(
    () => import('./coverage.ts'),
    ({ functionsCoverage }) =>
      () =>
        functionsCoverage,
  ),
}
