import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { '~': join(import.meta.dirname, 'src') } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/global-setup.ts'],
    // Only against what hangs: no test may depend on how fast the machine is, or what else it does.
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
})
