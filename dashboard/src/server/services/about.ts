import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Of the checkout, also where this is built. */
const root = join(import.meta.dirname, '../../../..')
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
})
const packageSchema = z.object({ version: z.string(), license: z.string() })

/** Which dashboard this is, where it lies, and what others made of it, with their licences; read once. */
export function aboutOf() {
  let about: ReturnType<typeof read> | undefined
  return () => {
    about ??= read()
    return about
  }
}

function read() {
  const own = packageSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  const lock = readFileSync(join(root, 'dashboard/package-lock.json'), 'utf8')
  const { packages } = lockSchema.parse(JSON.parse(lock))
  return {
    ...own,
    root,
    packages: Object.keys(packages['']?.dependencies ?? {}).map((name) => {
      const { version = '', license = 'not said' } = packages[`node_modules/${name}`] ?? {}
      return { name, version, license }
    }),
  }
}
