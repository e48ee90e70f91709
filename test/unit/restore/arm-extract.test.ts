import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../helpers/command.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arm-extract-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Whether `restore.sh --arm` on its own is about what was extracted last; the components `a` and `b` can be armed. */
async function canArm(folders: string[], note: string | undefined): Promise<boolean> {
  const extract = join(folder, 'extract')
  for (const name of folders) await mkdir(join(extract, name), { recursive: true })
  if (note !== undefined) await writeFile(`${extract}.archive`, note)
  const script = `set -Eeuo pipefail; source src/shell/target.sh; target_can_arm_extract`
  const env = { PATH: process.env['PATH'], BORG_EXTRACT_DIR: extract, COMPONENTS_ARM: 'a,b' }
  const { code, stderr } = await runCommand('bash', ['--norc', '-c', script], { env })
  expect(stderr).toBe('')
  return code === 0
}

test.each<[string, string[], string | undefined, boolean]>([
  ['all of an archive', ['b', 'c'], 'shop-1\n', true],
  ['a component that can be armed', ['b'], 'shop-1\ncomponents=b,c\n', true],
  ['other components, and of it only what tells whose it is', ['b', 'c'], 'shop-1\ncomponents=c\n', false],
  ['an archive without it', ['c'], 'shop-1\n', false],
  ['a generation that was put there', ['a'], undefined, true],
  ['nothing', [], undefined, false],
])('--arm alone looks at what was extracted: %s', async (_, folders, note, expected) => {
  expect(await canArm(folders, note)).toBe(expected)
})
