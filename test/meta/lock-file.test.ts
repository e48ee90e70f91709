import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkout } from '../helpers/checkout.ts'

const names = z.record(z.string(), z.string()).default({})
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dependencies: names, optionalDependencies: names })),
})
type Lock = z.infer<typeof lockSchema>

/** What packages of the lock file ask for that the lock file does not have, for which `npm ci` refuses to install anything. */
function missingFrom({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !foldersAbove(path).some((folder) => `${folder}node_modules/${name}` in packages))
      .map((name) => `${name} of ${path}`),
  )
}

/** Where Node looks for what a package asks for: in its own folder, and in those that it lies in. */
function foldersAbove(path: string): string[] {
  const inner = path === '' ? [] : [`${path}/`]
  const parts = path.split('node_modules/')
  return [...inner, ...parts.map((_, index) => parts.slice(0, index).join('node_modules/')), '']
}

test.each(['package-lock.json', 'dashboard/package-lock.json'])(
  '%s has every package that one of its packages asks for, those of other platforms as well',
  async (file) => {
    const lock = lockSchema.parse(JSON.parse(await readFile(join(checkout, file), 'utf8')))
    expect(missingFrom(lock)).toEqual([])
  },
)

test('a lock file without the package of another platform is found out', () => {
  const none = { dependencies: {}, optionalDependencies: {} }
  const packages = {
    'node_modules/tool': { ...none, optionalDependencies: { 'tool-x64': '1.0.0', 'tool-arm64': '1.0.0' } },
    'node_modules/tool-x64': none,
  }
  expect(missingFrom({ packages })).toEqual(['tool-arm64 of node_modules/tool'])
})
