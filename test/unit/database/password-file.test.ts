import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startProgram } from '../../../src/common/process.ts'
import { createPasswordFile } from '../../../src/database/connect/password-file.ts'
import { checkout } from '../../helpers/checkout.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'password-file-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const place = { PGHOST: 'db.example.com', PGPORT: '5432', PGUSER: 'postgres', PGDATABASE: 'postgres' }

test('a password is put into a file of ours alone and does not reach the environment', async () => {
  const { env, directory = '' } = createPasswordFile(folder).take({ ...place, PGPASSWORD: 'a:b\\c' })
  expect(env).toEqual({ ...place, PGPASSFILE: join(directory, 'pgpass') })
  expect((await stat(join(directory, 'pgpass'))).mode & 0o777).toBe(0o600)
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
  expect(await readFile(join(directory, 'pgpass'), 'utf8')).toBe(
    'db.example.com:5432:postgres:postgres:a\\:b\\\\c\n',
  )
})

test('one file holds the passwords of all places, the newest of each', async () => {
  const file = createPasswordFile(folder)
  file.take({ ...place, PGPASSWORD: 'old' })
  file.take({ ...place, PGHOST: '/run/pg', PGPASSWORD: 'of the socket' })
  const { directory = '' } = file.take({ ...place, PGPASSWORD: 'new' })
  expect((await readFile(join(directory, 'pgpass'), 'utf8')).split('\n')).toEqual([
    'db.example.com:5432:postgres:postgres:new',
    '/run/pg:5432:postgres:postgres:of the socket',
    'localhost:5432:postgres:postgres:of the socket',
    '',
  ])
  expect(await readdir(folder)).toHaveLength(1)
  await file.remove()
  expect(await readdir(folder)).toEqual([])
})

test('a program without a password gets no file', async () => {
  expect(createPasswordFile(folder).take(place)).toEqual({ env: place, directory: undefined })
  expect(await readdir(folder)).toEqual([])
})

test('a password with a line break is refused, not cut', () => {
  expect(() => createPasswordFile(folder).take({ ...place, PGPASSWORD: 'two\nlines' })).toThrow(
    expect.objectContaining({ code: 'DB_PASSWORD_UNSUITABLE' }),
  )
})

test('a file goes when the process that made it is killed', async () => {
  const module = join(checkout, 'src/database/connect/password-file.ts')
  const script = `import { createPasswordFile } from '${module}'
    createPasswordFile('${folder}').take({ PGPASSWORD: 'a secret' }); console.log('made'); setInterval(() => {}, 1000)`
  const child = startProgram({
    program: process.execPath,
    args: ['--import', 'tsx', '--input-type=module', '--eval', script],
    env: { PATH: process.env['PATH'] },
    cwd: checkout,
    phase: 'test',
  })
  await once(child.stdout, 'data')
  expect(await readdir(folder)).toHaveLength(1)
  process.kill(child.pid, 'SIGKILL')
  await expect.poll(() => readdir(folder), { timeout: 60_000 }).toEqual([])
})
