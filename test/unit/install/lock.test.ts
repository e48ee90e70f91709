import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { checkout } from '../../helpers/checkout.ts'

const names = z.record(z.string(), z.string()).optional()
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dependencies: names, optionalDependencies: names })),
})

/** Whether Node, from the folder of a package, would find another: in its own node_modules or in one further up. */
function isFound(packages: Record<string, unknown>, from: string, name: string): boolean {
  const prefix = from === '' ? '' : `${from}/`
  if (`${prefix}node_modules/${name}` in packages) return true
  return (
    from !== '' && isFound(packages, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name)
  )
}

it('package-lock.json has an entry for every package of every platform, without which npm ci refuses to install', async () => {
  const { packages } = lockSchema.parse(
    JSON.parse(await readFile(join(checkout, 'package-lock.json'), 'utf8')),
  )
  const missing = Object.entries(packages).flatMap(([from, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter((name) => !isFound(packages, from, name))
      .map((name) => `${name}, wanted by ${from}`),
  )
  expect(missing).toEqual([])
})
