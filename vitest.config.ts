import { defineConfig } from 'vitest/config'

/** What a server's major decides of: these files run once more on the newer one. */
const onNewerMajor = [
  'arm',
  'backup',
  'check-drill',
  'hostile',
  'preview',
  'restore',
  'restore-faults',
  'restore-locks',
  'restore-selection',
  'restore-traps',
  'sealed-large-objects',
  'service-versions',
  'superuser-target',
  'verify',
  'wipe',
].map((name) => `test/integration/database/${name}.test.ts`)

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'postgres-15', include: ['test/**/*.test.ts'], provide: { major: 15 } },
      },
      { extends: true, test: { name: 'postgres-17', include: onNewerMajor, provide: { major: 17 } } },
    ],
    globalSetup: ['test/helpers/global-setup.ts'],
    // Only against what hangs: no test may depend on how fast the machine is, or what else it does.
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
})
