import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

const reference = 'abcdefghijklmnopqrst'
const otherReference = 'tsrqponmlkjihgfedcba'

let toolkit: Toolkit
beforeEach(async () => {
  toolkit = await makeToolkit()
})
afterEach(() => toolkit.remove())

/** Archives as an earlier version made them: with a manifest, and without a word in the comment on whose they are. */
const archive = async (...names: string[]) => {
  const folder = join(toolkit.folder, 'earlier')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'manifest.json'), '{}')
  for (const name of names)
    expect(await toolkit.borg(['create', `::${name}`, 'manifest.json'], {}, folder)).toMatchObject({
      code: 0,
    })
}

describe('a project’s name', () => {
  it.each([
    ['a pattern', 'al|pha'],
    ['a way to another directory', '../x'],
    ['two lines', 'al\npha'],
    ['the ending of safety backups', 'alpha-before-restore'],
    ['more than files can be called', 'a'.repeat(101)],
  ])('is refused when it is %s, and nothing is touched', async (_case, name) => {
    expect((await toolkit.backup()).code).toBe(0)
    const before = await toolkit.archives()
    await toolkit.configure({ PROJECT_NAME: name.replace('\n', '\\n') })
    // In double quotes the format knows \n.
    const text = (await readFile(toolkit.envFile, 'utf8')).replace(/PROJECT_NAME='(.*)'/, 'PROJECT_NAME="$1"')
    await writeFile(toolkit.envFile, text)
    const { code, stderr } = await toolkit.backup([], { FIXTURE_PRUNABLE: before.join(' ') })
    expect(code).toBe(78)
    expect(stderr).toContain('PROJECT_NAME')
    expect(await toolkit.archives()).toEqual(before)
  })

  it('is under the same rule when it comes from the file’s', async () => {
    const file = join(toolkit.folder, 'shop+eu.env')
    await rename(toolkit.envFile, file)
    const { code, stderr } = await toolkit.backup(['--env-file', file])
    expect(code).toBe(78)
    expect(stderr).toContain('Rename the file, or set PROJECT_NAME in it.')
  })

  it('given with --project leads to no other directory', async () => {
    const { code, stderr } = await toolkit.backup(['--project', '../shop'])
    expect([code, stderr]).toEqual([0, expect.anything()]) // --env-file wins: the negative control.
    expect((await toolkit.backup(['--env-file', '', '--project', '../shop'])).code).toBe(78)
  })
})

describe('a place', () => {
  it.each(['relative/current', '/', '/..', '/tmp/a\nb'])('called %j is refused', async (path) => {
    await toolkit.configure({ LOCAL_BACKUP_DIR: path })
    const { code, stderr } = await toolkit.backup()
    expect(code).toBe(78)
    expect(stderr).toContain('LOCAL_BACKUP_DIR')
  })

  it.each([
    ['a name', (folder: string) => `${folder}/data/${'x'.repeat(255)}`],
    ['a path', (folder: string) => `${folder}${`/${'x'.repeat(200)}`.repeat(20)}`],
  ])('with %s that is too long is refused before anything is made', async (_what, path) => {
    for (const name of ['LOCAL_BACKUP_DIR', 'BORG_EXTRACT_DIR']) {
      await toolkit.configure({ [name]: path(toolkit.folder) })
      const { code, stderr } = await toolkit.backup()
      expect(code, stderr).toBe(78)
      expect(stderr).toContain(`${name} in ${toolkit.envFile} must be of at most 700 bytes`)
      expect(stderr).not.toContain('lock.sh')
    }
    expect(await readdir(toolkit.folder)).not.toContain('data')
  })

  it('that is replaced as a whole holds neither the repository nor the other one', async () => {
    for (const settings of [
      { BORG_REPO: join(toolkit.local, 'shop.borg') },
      { BORG_EXTRACT_DIR: toolkit.local },
      { BORG_EXTRACT_DIR: dirname(toolkit.local) },
      { LOCAL_BACKUP_DIR: join(toolkit.repository, 'current') },
    ]) {
      await toolkit.configure(settings)
      const { code, stderr } = await toolkit.backup()
      expect([code, stderr]).toEqual([78, expect.stringContaining('CONFIG_CONFLICT')])
    }
  })
})

describe('an archive', () => {
  const old = 'shop-2026-01-01_00-00-00'

  it('of another project of the same name is neither deleted nor taken for the newest', async () => {
    await toolkit.configure({ SUPABASE_PROJECT_REF: otherReference })
    expect((await toolkit.backup()).code).toBe(0)
    const [theirs = ''] = await toolkit.archives()
    await toolkit.configure({
      SUPABASE_PROJECT_REF: reference,
      LOCAL_BACKUP_DIR: join(toolkit.folder, 'mine'),
    })
    expect((await toolkit.backup([], { FIXTURE_PRUNABLE: theirs })).code).toBe(0)
    const { code } = await toolkit.backup([], { FIXTURE_PRUNABLE: theirs })
    expect(code).toBe(0)
    expect(await toolkit.archives()).toContain(theirs)
    expect(JSON.stringify(await toolkit.report())).toContain('foreign-archives')
    expect((await toolkit.restore(['--list'])).stdout).toMatch(new RegExp(`${theirs}.*of another project`))
    expect((await toolkit.backup(['--prune-plan'])).stdout).not.toContain(theirs)

    // As the report says it.
    const said = /--env-file '(.*?)' --adopt '(.*?)'/.exec(JSON.stringify(await toolkit.report()))
    expect(said?.[2]).toBe(`ref:${otherReference}`)
    expect(await toolkit.backup(['--adopt', said?.[2] ?? ''])).toMatchObject({ code: 0 })
    expect((await toolkit.backup([], { FIXTURE_PRUNABLE: theirs })).code).toBe(0)
    expect(await toolkit.archives()).not.toContain(theirs)
  })

  it('of the operator’s own making, which has the name of ours and no manifest, is not deleted', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    for (const comment of ['', 'documents', '", "project": "shop'])
      expect(
        await toolkit.borg([
          'create',
          '--comment',
          comment,
          `::shop-2026-01-0${comment.length % 7}_00-00-00`,
          toolkit.envFile,
        ]),
      ).toMatchObject({ code: 0 })
    const before = (await toolkit.archives()).filter((name) => name.startsWith('shop-2026-01-0'))
    expect(before).toHaveLength(3)
    expect(await toolkit.backup([], { FIXTURE_PRUNABLE: before.join(' ') })).toMatchObject({
      code: 0,
    })
    expect(await toolkit.archives()).toEqual(expect.arrayContaining(before))
    expect(await toolkit.backup(['--delete', before[0] ?? ''])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ARCHIVE_NOT_OURS'),
    })
  })

  it('whose comment was made up is left alone, and no id is offered that --adopt refuses', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    const comment = 'supabase-backup project=made up'
    expect(await toolkit.borg(['create', '--comment', comment, `::${old}`, toolkit.envFile])).toMatchObject({
      code: 0,
    })
    const { code, stdout, stderr } = await toolkit.backup([], { FIXTURE_PRUNABLE: old })
    expect(code, stderr).toBe(0)
    expect(stdout + stderr).not.toContain('--adopt')
    expect(await toolkit.archives()).toContain(old)
    const typed = / borg rename '(.*?)' NEW_NAME/.exec(JSON.stringify(await toolkit.report()))
    expect(await toolkit.backup(['borg', 'rename', typed?.[1] ?? '', 'theirs'])).toMatchObject({ code: 0 })
    expect(await toolkit.archives()).toContain('theirs')
  })

  it('of an earlier version, which does not say whose it is, goes by its name and its having a manifest', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    await archive(old, 'shop-2026-2026-01-01_00-00-00', 'sho.-2026-01-01_00-00-00', `${old}x`)
    const { code } = await toolkit.backup([], {
      FIXTURE_PRUNABLE: `${old} shop-2026-2026-01-01_00-00-00 sho.-2026-01-01_00-00-00 ${old}x`,
    })
    expect(code).toBe(0)
    const left = await toolkit.archives()
    expect(left).not.toContain(old)
    expect(left).toHaveLength(5)
  })

  it('of an earlier version stays when its manifest names another project', async () => {
    await toolkit.configure({ SUPABASE_PROJECT_REF: reference })
    expect((await toolkit.backup()).code).toBe(0)
    const folder = join(toolkit.folder, 'generation')
    await mkdir(folder)
    const manifest = (ref: string) =>
      writeFile(
        join(folder, 'manifest.json'),
        `${JSON.stringify({ tool: { name: 'supabase-backup' }, project: { name: 'shop', ref, url: null } }, null, 2)}\n`,
      )
    const create = (name: string) => toolkit.borg(['create', `::${name}`, 'manifest.json'], {}, folder)
    await manifest(otherReference)
    expect(await create('shop-2026-01-02_00-00-00')).toMatchObject({ code: 0 })
    await manifest(reference)
    expect(await create('shop-2026-01-03_00-00-00')).toMatchObject({ code: 0 })
    await toolkit.backup([], { FIXTURE_PRUNABLE: 'shop-2026-01-02_00-00-00 shop-2026-01-03_00-00-00' })
    const left = await toolkit.archives()
    expect(left).toContain('shop-2026-01-02_00-00-00')
    expect(left).not.toContain('shop-2026-01-03_00-00-00')
  })

  it('of a machine that is lost can be restored, and is deleted only when the operator says whose it is', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    const [lost = ''] = await toolkit.archives()
    await rm(toolkit.state, { recursive: true })
    await rm(dirname(toolkit.local), { recursive: true })
    expect((await toolkit.restore(['--archive', 'latest', '--verify'])).code).toBe(0)
    expect((await toolkit.backup([], { FIXTURE_PRUNABLE: lost })).code).toBe(0)
    expect(await toolkit.archives()).toContain(lost)
  })
})

describe('a project that has lost its state directory', () => {
  it('is told how to say that the local backup is its own, and that works as typed', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    const [lost = ''] = await toolkit.archives()
    await rm(toolkit.state, { recursive: true })
    const refused = await toolkit.backup()
    expect([refused.code, refused.stderr]).toEqual([78, expect.stringContaining('LOCAL_OF_OTHER_PROJECT')])
    expect(refused.stderr).toContain('before its state directory')
    const [, envFile = '', id = ''] = /--env-file '(.*?)' --adopt '(id:.*?)'/.exec(refused.stderr) ?? []
    expect(envFile).toBe(toolkit.envFile)
    expect(await toolkit.backup(['--adopt', `id:${'0'.repeat(36)}`])).toMatchObject({ code: 1 })
    expect((await toolkit.backup()).code).toBe(78)
    expect(await toolkit.backup(['--adopt', id])).toMatchObject({ code: 0 })
    expect((await toolkit.backup([], { FIXTURE_PRUNABLE: lost })).code).toBe(0)
    expect(await toolkit.archives()).not.toContain(lost)
  })
})

describe('an archive of a project whose name only begins with this one’s', () => {
  const sibling = async (...names: string[]) => {
    const comment = 'supabase-backup project=id:00000000-0000-4000-8000-000000000000'
    for (const name of names)
      expect(
        await toolkit.borg(['create', '--comment', comment, `::${name}`, toolkit.envFile]),
      ).toMatchObject({ code: 0 })
  }
  const names = ['shop-eu-2026-01-01_00-00-00', 'shop-2026-01-01_00-00-00-2026-01-02_00-00-00']

  it('is not told as one of this name, and is not offered for adoption', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    await sibling(...names)
    const { code, stdout, stderr } = await toolkit.backup()
    expect(code, stderr).toBe(0)
    expect(stdout + stderr).not.toMatch(/carry the name|--adopt/)
    expect((await toolkit.backup(['--adopt', 'id:00000000-0000-4000-8000-000000000000'])).code).toBe(1)
  })

  it('is not deleted by name, be there anything known of it or not', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    await sibling(...names)
    await archive('shop-us-2026-01-01_00-00-00')
    for (const name of [...names, 'shop-us-2026-01-01_00-00-00'])
      expect(await toolkit.backup(['--delete', name])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('ARCHIVE_NOT_OURS'),
      })
  })

  it('does not keep a new machine from restoring those of the one that is lost', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    const [lost = ''] = await toolkit.archives()
    await sibling(...names)
    await rm(toolkit.state, { recursive: true })
    await rm(dirname(toolkit.local), { recursive: true })
    const { stdout } = await toolkit.restore(['--list'])
    expect(stdout).toContain(lost)
    expect(stdout).not.toContain('of another project')
    expect((await toolkit.restore(['--archive', 'latest', '--verify'])).code).toBe(0)
  })

  it('does not keep archives of an earlier version of this one from being deleted', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    await archive('shop-2026-01-05_00-00-00')
    await sibling(...names)
    expect((await toolkit.backup([], { FIXTURE_PRUNABLE: 'shop-2026-01-05_00-00-00' })).code).toBe(0)
    expect(await toolkit.archives()).not.toContain('shop-2026-01-05_00-00-00')
  })
})

describe('a directory of the operator’s own', () => {
  const names = ['current.new-server', 'current.new-2026-01-01_00-00-00', 'current.kept']

  it('beside the current generation is left alone whatever it is called', async () => {
    const data = dirname(toolkit.local)
    for (const name of names) {
      await mkdir(join(data, name), { recursive: true })
      await writeFile(join(data, name, 'mine'), 'mine')
    }
    for (const behaviour of ['', 'fail', '', '']) {
      await toolkit.backup([], { FIXTURE_BACKUP: behaviour })
      for (const name of names) expect(await readdir(join(data, name))).toEqual(['mine'])
    }
    // A disk that is short of space is no reason either.
    await toolkit.configure({ MIN_FREE_SPACE: '900T' })
    expect((await toolkit.backup()).code).toBe(1)
    for (const name of names) expect(await readdir(join(data, name))).toEqual(['mine'])
  })

  it.each(['current.previous', 'current'])(
    'called %s stops the run before anything is made',
    async (name) => {
      const data = dirname(toolkit.local)
      await mkdir(join(data, name), { recursive: true })
      // Many programs have a file of that name.
      await writeFile(join(data, name, 'manifest.json'), '{ "name": "a web application" }\n')
      const { code, stderr } = await toolkit.backup()
      expect([code, stderr]).toEqual([78, expect.stringContaining('LOCAL_NOT_OURS')])
      expect(await readdir(join(data, name))).toEqual(['manifest.json'])
      const remedy = /(mv '.*?' '.*?')/.exec(stderr)?.[1]
      if (name === 'current') return
      const { runCommand } = await import('../helpers/command.ts')
      expect(await runCommand('sh', ['-c', remedy ?? 'false'])).toMatchObject({ code: 0 })
      expect((await toolkit.backup()).code).toBe(0)
    },
  )

  it('where archives are extracted is not emptied, even with the file beside it', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    const extract = join(dirname(toolkit.local), 'extract')
    await mkdir(extract)
    await writeFile(join(extract, 'mine'), 'mine')
    await writeFile(`${extract}.archive`, 'shop-2026-01-01_00-00-00\n')
    const { code, stderr } = await toolkit.restore(['--archive', 'latest', '--verify'])
    expect([code, stderr]).toEqual([78, expect.stringContaining('EXTRACT_NOT_OURS')])
    expect(await readdir(extract)).toEqual(['mine'])
    await rm(extract, { recursive: true })
    for (let time = 0; time < 2; time += 1)
      expect((await toolkit.restore(['--archive', 'latest', '--verify'])).code).toBe(0)
  })

  it('that a symbolic link leads to is not followed', async () => {
    const mine = join(toolkit.folder, 'mine')
    await mkdir(mine)
    await writeFile(join(mine, '.supabase-backup'), '')
    await mkdir(dirname(toolkit.local), { recursive: true })
    await symlink(mine, `${toolkit.local}.previous`)
    expect((await toolkit.backup()).code).toBe(78)
    expect(await readdir(mine)).toEqual(['.supabase-backup'])
  })

  it('in the state directory is left alone', async () => {
    await mkdir(join(toolkit.state, 'run'), { recursive: true })
    await writeFile(join(toolkit.state, 'run/mine'), 'mine')
    const { code, stderr } = await toolkit.backup()
    expect([code, stderr]).toEqual([78, expect.stringContaining('STATE_NOT_OURS')])
    expect(await readdir(join(toolkit.state, 'run'))).toEqual(['mine'])
  })
})

describe('what another project has put somewhere', () => {
  it('is not replaced by this one’s', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    const dump = await readFile(join(toolkit.local, 'database/dump'), 'utf8')
    await toolkit.configure({ PROJECT_NAME: 'blog', BORG_REPO: join(toolkit.folder, 'blog.borg') })
    const { code, stderr } = await toolkit.backup()
    expect([code, stderr]).toEqual([78, expect.stringContaining('LOCAL_OF_OTHER_PROJECT')])
    expect(await readFile(join(toolkit.local, 'database/dump'), 'utf8')).toBe(dump)
  })
})

describe('the lock', () => {
  /** Starts a run that hangs, and returns what ends it. */
  async function hang(env: Record<string, string> = {}) {
    const run = toolkit.startBackup([], { ...env, FIXTURE_BACKUP: 'hang' })
    run.stdout.resume()
    await new Promise<void>((resolve) => {
      run.stderr.on('data', (text: string) => text.includes('hanging') && resolve())
    })
    const end = async () => {
      run.stop()
      await run.ended
    }
    return Object.assign(end, { run })
  }

  it('is seen by a run whose environment has another runtime directory, or none', async () => {
    const end = await hang({ XDG_RUNTIME_DIR: join(toolkit.folder, 'runtime') })
    for (const runtime of ['', join(toolkit.folder, 'elsewhere')])
      expect((await toolkit.backup([], { XDG_RUNTIME_DIR: runtime })).code).toBe(75)
    await end()
    expect((await toolkit.backup()).code).toBe(0)
  })

  it('is seen by a run with another home, and by another project in the same place', async () => {
    const end = await hang()
    const home = join(toolkit.folder, 'another-home')
    await mkdir(home)
    expect((await toolkit.backup([], { HOME: home })).code).toBe(75)
    const before = await readdir(dirname(toolkit.local))
    await toolkit.configure({ PROJECT_NAME: 'blog', BORG_EXTRACT_DIR: join(toolkit.folder, 'other') })
    expect((await toolkit.backup()).code).toBe(75)
    expect(await readdir(dirname(toolkit.local))).toEqual(before)
    await end()
    // Neither is left behind, nor the directory that was made for them.
    expect((await toolkit.generations()).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  it('that a restore holds is seen by a backup, and its remedy ends that run', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    const end = await hang()
    const verify = await toolkit.restore(['--archive', 'Local', '--verify'])
    expect(verify.code).toBe(75)
    const remedy = /(kill \d+)/.exec(verify.stderr)?.[1] ?? 'false'
    const { runCommand } = await import('../helpers/command.ts')
    expect((await runCommand('sh', ['-c', remedy])).code).toBe(0)
    await end()
    expect((await toolkit.backup()).code).toBe(0)
  })

  it('that a stopped run holds is told as that, and its remedy ends the run', async () => {
    const { run } = await hang()
    process.kill(run.pid, 'SIGSTOP')
    const refused = await toolkit.backup()
    expect(refused.code).toBe(75)
    expect(refused.stderr).toContain(`process ${run.pid}, since 20`)
    expect(refused.stderr).toContain('it is stopped')
    const remedy = /or end it: (kill .*) \[LOCKED/.exec(refused.stderr)?.[1] ?? 'false'
    const { runCommand } = await import('../helpers/command.ts')
    expect((await runCommand('sh', ['-c', remedy])).code).toBe(0)
    expect(await run.ended).toMatchObject({ code: 143 })
    expect((await toolkit.backup()).code).toBe(0)
  })

  it('is of use only where the state can be written', async () => {
    await mkdir(dirname(toolkit.state), { recursive: true })
    await writeFile(toolkit.state, 'a file in its place')
    await chmod(toolkit.state, 0o600)
    expect((await toolkit.backup()).code).toBe(78)
  })
})
