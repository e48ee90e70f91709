import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { ensureBuild } from './build.ts'
import { checkout } from './checkout.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder in which this run of the suite keeps its prepared servers; see sandbox.ts. */
    templates: string
    /** The major of the servers of a test that asks for none: see vitest.config.ts. */
    major: 15 | 17
  }
}

/** One folder for the whole run, shared by all workers and removed with it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const templates = await mkdtemp(join(tmpdir(), 'supabase-backup-templates-'))
  // PostgreSQL runs as a user of its own when the tests run as root.
  await chmod(templates, 0o755)
  project.provide('templates', templates)
  await ensureBuild(checkout)
  return () => rm(templates, { recursive: true, force: true })
}
