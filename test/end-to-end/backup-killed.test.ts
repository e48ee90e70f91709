import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { begunRun } from '../../src/report/begun.ts'
import { checkout } from '../helpers/checkout.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

/** Where `kill -9` strikes: at a call of a program whose arguments contain a text, or by a word to the worker. */
const points = [
  { at: 'before the repository is listed', program: 'borg', match: 'list', when: 'before' },
  { at: 'before the repository is created', program: 'borg', match: 'init', when: 'before', fresh: true },
  { at: 'after the repository is created', program: 'borg', match: 'init', when: 'after', fresh: true },
  { at: 'after the repository is listed', program: 'borg', match: 'list', when: 'after' },
  {
    at: 'before the new generation’s directory is made',
    program: 'mkdir',
    match: 'current.new-',
    when: 'before',
  },
  {
    at: 'after the new generation’s directory is made',
    program: 'mkdir',
    match: 'current.new-',
    when: 'after',
  },
  { at: 'while the worker fills it', program: '', match: '', when: '', worker: 'orphan' },
  { at: 'before the generation is flushed to disk', program: 'sync', match: 'current.new-', when: 'before' },
  {
    at: 'before the current generation steps aside',
    program: 'mv',
    match: 'current.previous',
    when: 'before',
  },
  { at: 'between the two renames', program: 'mv', match: 'current.previous', when: 'after' },
  { at: 'after the new generation is in place', program: 'mv', match: 'current.new-', when: 'after' },
  { at: 'while the generation before is removed', program: 'rm', match: 'current.previous', when: 'before' },
  { at: 'before the archive is begun', program: 'borg', match: 'create', when: 'before' },
  { at: 'while the archive is written', program: 'borg', match: 'create', when: 'during' },
  { at: 'after the archive is written', program: 'borg', match: 'create', when: 'after' },
  { at: 'before archives are deleted', program: 'borg', match: 'delete', when: 'before' },
  { at: 'after archives are deleted', program: 'borg', match: 'delete', when: 'after' },
  { at: 'while their space is freed', program: 'borg', match: 'compact', when: 'during' },
] as const

let toolkit: Toolkit
let killers: string
beforeAll(async () => {
  toolkit = await makeToolkit()
  killers = join(toolkit.folder, 'killers')
  await mkdir(killers)
  for (const program of ['borg', 'mkdir', 'sync', 'mv', 'rm'])
    await symlink(join(checkout, 'test/helpers/programs/killer.sh'), join(killers, program))
})
afterAll(() => toolkit.remove())

/** What the current generation's dump says: which run made it. */
async function currentDump(): Promise<string | undefined> {
  return readFile(join(toolkit.local, 'database/dump'), 'utf8').catch(() => undefined)
}

describe.sequential('killed with kill -9', () => {
  let complete = 0

  it.each(points)(
    '$at: a backup leaves the last generation and every archive, and the next one just works',
    async (point) => {
      if ('fresh' in point) {
        for (const path of [toolkit.repository, join(toolkit.state, 'repositories')])
          await rm(path, { recursive: true, force: true })
      }
      const dumpBefore = await currentDump()
      const archivesBefore = await toolkit.archives()
      const killed = toolkit.startBackup([], {
        PATH: `${killers}:${process.env['PATH']}`,
        KILLER_DIR: killers,
        KILL_PROGRAM: point.program,
        KILL_MATCH: point.match,
        KILL_WHEN: point.when,
        KILL_LOCK: join(toolkit.folder, 'home/.local/state/supabase-backup/shop/lock'),
        FIXTURE_BACKUP: 'worker' in point ? point.worker : '',
        // Something to delete, for the points that come with it.
        FIXTURE_PRUNABLE: point.match === 'delete' || point.match === 'compact' ? `${archivesBefore[0]}` : '',
      })
      killed.stdout.resume()
      expect(await killed.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
      // Its process says that it has crashed, unless it had no time to say which that is: then the lock does.
      const begun = await begunRun({ STATE_DIR: toolkit.state })
      expect(begun).toMatchObject({ kind: 'backup', runId: expect.any(String) })
      expect(begun?.isAlive ?? false).toBe(false)

      // One of the two generations is there whole, under one of the two names that the next run looks at.
      const names = await toolkit.generations()
      if (dumpBefore !== undefined)
        expect(names.some((name) => /^current(\.previous)?$/.test(name))).toBe(true)
      const dumpAfter = await currentDump()
      if (dumpAfter !== undefined) expect(await readdir(toolkit.local)).toContain('manifest.json')

      const next = await toolkit.backup()
      expect(next).toMatchObject({ code: 0 })
      expect(await toolkit.generations()).toEqual(['current'])
      expect((await readdir(join(toolkit.state, 'runs'))).join(' ')).toContain(begun?.runId)
      const archives = await toolkit.archives()
      const lost = archivesBefore.filter((name) => !archives.includes(name))
      expect(lost.length).toBeLessThanOrEqual(point.match === 'delete' || point.match === 'compact' ? 1 : 0)
      expect((await toolkit.borg(['extract', '--dry-run', `::${archives.at(-1)}`])).code).toBe(0)
      complete += 1
    },
  )

  it('a repository that saw all of that passes Borg’s own check', async () => {
    expect(complete).toBe(points.length)
    expect(await toolkit.borg(['check'])).toMatchObject({ code: 0 })
  })
})
