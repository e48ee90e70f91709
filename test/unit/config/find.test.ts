import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configurationDirectories } from '../../../src/config/directories.ts'
import { findEnvFile, listBackedUp, listEnvFiles } from '../../../src/config/find.ts'

let folder: string
let root: string
let own: string
let unit: string
let environment: Record<string, string>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-find-'))
  root = join(folder, 'checkout')
  own = join(folder, 'config/supabase-backup')
  unit = join(folder, 'unit')
  for (const directory of [root, own, unit]) await mkdir(directory, { recursive: true })
  environment = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const find = (asked: { envFile?: string; project?: string } = {}) =>
  findEnvFile({ envFile: asked.envFile, project: asked.project, root, environment })

describe('the env file of a command', () => {
  it('is the one that was named, there or not', async () => {
    expect(await find({ envFile: '/x/y.env' })).toBe('/x/y.env')
    expect(await find({ project: 'shop' })).toBe(join(own, 'shop.env'))
  })

  it('is found by the project’s name in the first directory that has it', async () => {
    environment['CONFIGURATION_DIRECTORY'] = unit
    await writeFile(join(own, 'shop.env'), '')
    expect(await find({ project: 'shop' })).toBe(join(own, 'shop.env'))
    await writeFile(join(unit, 'shop.env'), '')
    expect(await find({ project: 'shop' })).toBe(join(unit, 'shop.env'))
  })

  it('is, unnamed, the only project there is, and before that the checkout’s .env', async () => {
    await writeFile(join(own, 'shop.env'), '')
    expect(await find()).toBe(join(own, 'shop.env'))
    await writeFile(join(root, '.env'), '')
    expect(await find()).toBe(join(root, '.env'))
  })

  it('has to be named when there are several, and made when there is none', async () => {
    await expect(find()).rejects.toMatchObject({ code: 'ENV_FILE_MISSING', exitCode: 78 })
    for (const name of ['one.env', 'two.env']) await writeFile(join(own, name), '')
    await expect(find()).rejects.toMatchObject({
      code: 'PROJECT_AMBIGUOUS',
      suggestion: 'Say which one with --project or --env-file.',
    })
  })
})

describe('a project that is only restored to', () => {
  it('is neither counted nor in the way of the only one that is backed up', async () => {
    await writeFile(join(own, 'shop.env'), '')
    await writeFile(join(own, 'staging.env'), 'TARGET_ONLY=true\n', { mode: 0o600 })
    expect(await find()).toBe(join(own, 'shop.env'))
    const ours = (files: string[]) => files.filter((file) => file.startsWith(folder))
    expect(ours(await listBackedUp(environment))).toEqual([join(own, 'shop.env')])
    expect(ours(await listEnvFiles(environment))).toHaveLength(2)
  })

  it('is counted where its file says nothing of it, or cannot be read', async () => {
    await writeFile(join(own, 'shop.env'), 'TARGET_ONLY=false\n', { mode: 0o600 })
    await writeFile(join(own, 'blog.env'), 'TARGET_ONLY=true\n', { mode: 0o644 })
    await expect(find()).rejects.toMatchObject({ code: 'PROJECT_AMBIGUOUS' })
  })
})

describe('every configured project', () => {
  it('is listed once, by the file that counts, and nothing else is', async () => {
    environment['CONFIGURATION_DIRECTORY'] = `${unit}:/elsewhere`
    for (const name of ['b.env', 'a.env', '.env', 'notes.txt', 'a.env.bak'])
      await writeFile(join(own, name), '')
    await writeFile(join(unit, 'b.env'), '')
    const files = await listEnvFiles(environment)
    expect(files.filter((file) => file.startsWith(folder))).toEqual([join(unit, 'b.env'), join(own, 'a.env')])
  })

  it('is looked for in the unit’s directory, the user’s, then the system’s', () => {
    expect(configurationDirectories({ HOME: '/home/ann', CONFIGURATION_DIRECTORY: '/etc/x' })).toEqual([
      '/etc/x',
      '/home/ann/.config/supabase-backup',
      '/etc/supabase-backup',
    ])
  })

  it('is looked for in the home of the account where HOME says nothing that can be used', () => {
    const own = [`${userInfo().homedir}/.config/supabase-backup`, '/etc/supabase-backup']
    for (const environment of [{}, { HOME: '' }, { HOME: 'relative' }])
      expect(configurationDirectories(environment)).toEqual(own)
  })
})
