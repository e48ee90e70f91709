import type { Component } from '../components/component.ts'

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
  async preflight({ config }) {
    const { checkFunctions } = await import('./preflight.ts')
    return checkFunctions(config)
  },
  async estimate(context) {
    const { estimateFunctions } = await import('./estimate.ts')
    return estimateFunctions(context)
  },
  async fingerprint({ config, signal }) {
    const { fingerprintOf } = await import('./fingerprint.ts')
    return fingerprintOf(config, signal)
  },
  async backup(context) {
    const { backUpFunctions } = await import('./capture.ts')
    return backUpFunctions(context)
  },
  files: {
    async check(context) {
      const { checkSourceFiles } = await import('./files-check.ts')
      return checkSourceFiles(context)
    },
  },
  async openRestore(context) {
    const { openFunctionsRestore } = await import('./restore.ts')
    return openFunctionsRestore(context)
  },
  drill: {
    provable: true,
    async standIn(context) {
      const { standInForFunctions } = await import('./drill.ts')
      return standInForFunctions(context)
    },
  },
  async export(context) {
    const { exportFunctions } = await import('./export.ts')
    return exportFunctions(context)
  },
  diff: {
    files: ['+ pf:functions/index.json', '+ pf:functions/secrets.json'],
    absent: 'One of the two backups has no functions.',
    async compare(before, after) {
      const { compareBackups } = await import('./diff.ts')
      return compareBackups(before, after)
    },
  },
  contents: {
    files: ['+ pf:functions/index.json', '+ pf:functions/secrets.json'],
    async describe(generation) {
      const { describeFunctions } = await import('./contents.ts')
      return describeFunctions(generation)
    },
  },
  async recovery({ generation }) {
    const { recoveryPart } = await import('./recovery.ts')
    return recoveryPart(generation)
  },
  async coverage() {
    const { functionsCoverage } = await import('./coverage.ts')
    return functionsCoverage
  },
}
