import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
  expect(await toolkit.backup()).toMatchObject({ code: 0 })
})
afterEach(() => toolkit.configure({}))
afterAll(() => toolkit.remove())

describe('an archive', () => {
  it('of a new generation reads no file again that is a hard link to the one before', async () => {
    const programs = join(toolkit.folder, 'listing')
    await mkdir(programs)
    // Borg lists what it did with each file: U is unchanged, by its cache; others, M or A, it has read.
    const borg = `#!/bin/bash\nPATH=\${PATH#*:}\n[[ $1 != create ]] || set -- create --list "\${@:2}"\nexec borg "$@"\n`
    await writeFile(join(programs, 'borg'), borg)
    await chmod(join(programs, 'borg'), 0o755)
    const { code } = await toolkit.backup(['--verbose'], { PATH: `${programs}:${process.env['PATH']}` })
    expect(code).toBe(0)
    const log = await toolkit.log()
    expect(log).toMatch(/ U \S*storage\/object$/m)
    expect(log).toMatch(/ [AM] \S*database\/dump$/m)
  })
})

describe('several repositories', () => {
  it('each get the archive; one that fails does not stop the others, and makes the run degraded', async () => {
    const second = join(toolkit.folder, 'second.borg')
    await toolkit.configure({ BORG_REPO: undefined, BORG_REPOS: `${toolkit.repository} ${second}` })
    expect((await toolkit.backup()).code).toBe(0)
    const list = async (repository: string) =>
      (await toolkit.borg(['list', '--short'], { BORG_REPO: repository })).stdout.trim().split('\n').at(-1)
    expect(await list(second)).toBe(await list(toolkit.repository))

    await rename(toolkit.repository, `${toolkit.repository}.away`)
    const { code } = await toolkit.backup()
    expect(code).toBe(3)
    const report = await toolkit.report()
    expect(report).toMatchObject({ outcome: 'degraded', archive: await list(second) })
    expect(JSON.stringify(report['findings'])).toMatch(/repository-failed.*Check that its disk is mounted/)
    const lost = await toolkit.restore(['--list'])
    expect(lost).toMatchObject({ code: 1, stderr: expect.stringContaining(`BORG_REPOS=${second}`) })
    const found = await toolkit.restore(['--list'], { BORG_REPOS: second })
    expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining(`${await list(second)}`) })
    // Retention is planned by the archives of one that works.
    const options = JSON.parse(await readFile(join(toolkit.local, 'arguments.json'), 'utf8'))
    expect(options.archives).toMatch(/archives-1\.json$/)

    await rename(second, `${second}.away`)
    expect((await toolkit.backup()).code).toBe(1)
    await rename(`${toolkit.repository}.away`, toolkit.repository)
    await rm(`${second}.away`, { recursive: true })
  })
})

describe('the chunk size', () => {
  it('is that of the newest archive where the machine has no record of it', async () => {
    await writeFile(join(toolkit.state, 'chunker'), 'buzhash,10,23,16,4095\n')
    expect((await toolkit.backup()).code).toBe(0)
    await rm(join(toolkit.state, 'chunker'))
    expect((await toolkit.backup()).code).toBe(0)
    expect(await readFile(join(toolkit.state, 'chunker'), 'utf8')).toBe('buzhash,10,23,16,4095\n')
  })
})

describe('what another program left in the environment', () => {
  it('is not believed: neither its repository nor its database', async () => {
    const { code } = await toolkit.backup([], {
      BORG_REPOSITORY_KEY: 'x',
      PGHOST: 'elsewhere',
      BORG_KEYS_DIR: '/nonexistent',
    })
    expect(code).toBe(0)
  })
})
