import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeDrillFolder } from '../../../src/drill/folder.ts'
import { unless } from '../../helpers/skipped.ts'

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

test('What a killed drill left is removed; what is in use, of another container, or not ours stays', async () => {
  const own = basename(await makeDrillFolder('/nowhere/generation'))
  const mark = await readFile(join(place, own, '.supabase-backup'), 'utf8')
  const [namespace, pid, started = ''] = mark.trim().split(' ')
  const marked = async (name: string, text: string) => {
    await mkdir(join(place, name, 'postgres'), { recursive: true })
    await writeFile(join(place, name, '.supabase-backup'), text)
  }
  const { pid: gone } = spawnSync('true')
  await marked('supabase-drill-dead', `${namespace} ${gone} ${started}\n`)
  await marked('supabase-drill-number-used-again', `${namespace} ${pid} ${Number(started) - 1}\n`)
  await marked('supabase-drill-of-a-container', `pid:[1] ${gone} ${started}\n`)
  await mkdir(join(place, `supabase-drill-${gone}-of-somebody`))
  const next = basename(await makeDrillFolder('/nowhere/generation'))
  expect((await readdir(place)).toSorted()).toEqual(
    [own, next, 'supabase-drill-of-a-container', `supabase-drill-${gone}-of-somebody`].toSorted(),
  )
})

const isRoot = process.getuid?.() === 0

test.runIf(isRoot)(
  unless(
    !isRoot && 'only root starts the server as another user',
    'A place the server’s user cannot get to is refused with the remedy',
  ),
  async () => {
    await chmod(place, 0o700)
    await expect(makeDrillFolder(join(place, 'generation'))).rejects.toMatchObject({
      code: 'DRILL_FOLDER_UNREACHABLE',
      suggestion: expect.stringContaining('Set TMPDIR'),
    })
  },
)
