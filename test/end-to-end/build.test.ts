import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensureBuild } from '../helpers/build.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let root: string
beforeAll(async () => {
  toolkit = await makeToolkit()
  root = join(toolkit.folder, 'toolkit')
})
afterAll(() => toolkit.remove())

const builds = async () => (await readdir(join(root, 'build'))).sort()

it('the build is used while it is of exactly these sources, and the sources when it is not', async () => {
  const asBuilt = await toolkit.backup(['--config'])
  expect(asBuilt).toMatchObject({ code: 0 })
  const [build = ''] = await builds()
  // Beside the build, where nobody else can put any; and not in /tmp.
  expect(await readdir(join(root, 'build', build, 'compiled'))).not.toEqual([])
  // Says by which of the two it was started.
  await writeFile(join(root, 'build', build, 'config.js'), 'console.log("the build"); process.exit(0)')
  expect((await toolkit.backup(['--config'])).stdout).toContain('the build')
  await writeFile(join(root, 'src/one-more.ts'), '')
  expect(await toolkit.backup(['--config'])).toMatchObject({ code: 0, stdout: asBuilt.stdout })
  await rm(join(root, 'src/one-more.ts'))
  expect((await toolkit.backup(['--config'])).stdout).toContain('the build')
})

it('the builds that stay are the newest and the one before, which a run may still be using', async () => {
  const [first = ''] = await builds()
  for (const [index, name] of ['a', 'b'].entries()) {
    await writeFile(join(root, `src/${name}.ts`), '')
    await utimes(join(root, 'build', first), index, index)
    await ensureBuild(root)
  }
  const left = await builds()
  expect(left).toHaveLength(2)
  expect(left).not.toContain(first)
  expect(await toolkit.backup(['--config'])).toMatchObject({ code: 0 })
})
