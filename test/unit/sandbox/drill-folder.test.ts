import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeDrillFolder } from '../../../src/sandbox/drill-folder.ts'

let place: string

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'drill-folder-'))
  await chmod(place, 0o711)
  vi.stubEnv('TMPDIR', place)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(place, { recursive: true, force: true })
})

test('A drill’s folder lies in the temporary directory, passable for the server’s own user', async () => {
  const folder = await makeDrillFolder('/nowhere/generation')
  expect(dirname(folder)).toBe(place)
  expect((await stat(folder)).mode & 0o777).toBe(0o711)
})

test('What a killed drill left is removed, what a running one uses is not', async () => {
  const { pid } = spawnSync('true')
  await mkdir(join(place, `supabase-drill-${pid}-dead`, 'postgres'), { recursive: true })
  await mkdir(join(place, `supabase-drill-${process.pid}-alive`))
  await mkdir(join(place, 'supabase-drill-of-somebody'))
  const folder = await makeDrillFolder('/nowhere/generation')
  expect((await readdir(place)).toSorted()).toEqual(
    [basename(folder), `supabase-drill-${process.pid}-alive`, 'supabase-drill-of-somebody'].toSorted(),
  )
})

test.runIf(process.getuid?.() === 0)(
  'A place the server’s user cannot get to is refused with the remedy',
  async () => {
    await chmod(place, 0o700)
    await expect(makeDrillFolder(join(place, 'generation'))).rejects.toMatchObject({
      code: 'DRILL_FOLDER_UNREACHABLE',
      suggestion: expect.stringContaining('Set TMPDIR'),
    })
  },
)
