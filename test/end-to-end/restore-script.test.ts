import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative as relativePath } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { writeManifest } from '../../src/common/manifest.ts'
import { runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

const saidSchema = z.object({
  args: z.array(z.string()),
  files: z.array(z.string()),
  target: z.string().nullable(),
})

let toolkit: Toolkit
let says: string
let archives: string[]
beforeAll(async () => {
  toolkit = await makeToolkit()
  says = join(toolkit.folder, 'says')
  await toolkit.backup()
  await toolkit.backup([], { FIXTURE_BACKUP: 'degraded' })
  archives = await toolkit.archives()
})
beforeEach(() => rm(says, { force: true }))
afterAll(() => toolkit.remove())

/** What the worker was started with, in order. */
async function said() {
  const lines = (await readFile(says, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
  return lines.map((line) => saidSchema.parse(JSON.parse(line)))
}

const extract = () => join(toolkit.folder, 'data/extract')

describe('the drill', () => {
  it('extracts the newest archive, has it drilled, reports it under its name, and leaves nothing extracted', async () => {
    expect(await toolkit.restore(['--test', '-y'], { FIXTURE_SAYS: says })).toMatchObject({ code: 0 })
    const [worker] = await said()
    // Whatever the archive holds: no component is named.
    expect(worker?.args.slice(0, 4)).toEqual(['drill', '--generation', extract(), '--run-id'])
    expect(worker?.files).toContain('manifest.json')
    expect(await toolkit.report()).toMatchObject({
      kind: 'drill',
      outcome: 'success',
      archive: archives.at(-1),
    })
    expect(await readdir(join(toolkit.folder, 'data'))).toEqual(['current'])
  })

  it('that fails keeps what it extracted, and exits with 1', async () => {
    const { code } = await toolkit.restore(['--test', '-y'], { FIXTURE_RESTORE: 'fail' })
    expect(code).toBe(1)
    expect(await toolkit.report()).toMatchObject({
      kind: 'drill',
      outcome: 'failed',
      error: { code: 'FIXTURE' },
    })
    expect(await readdir(extract())).toContain('manifest.json')
  })

  it('extracts nothing for which there is no room, and says how much it needs', async () => {
    const generation = join(toolkit.folder, 'vast')
    await mkdir(generation)
    const storage = { component: 'storage' as const, status: 'complete' as const, seconds: 0, findings: [] }
    await writeManifest(generation, {
      ...{ format: 1, tool: { name: 'supabase-backup', version: '0' }, runId: 'x', status: 'complete' },
      project: { name: 'shop', ref: null, url: null },
      ...{ startedAt: '2026-01-01T00:00:00Z', snapshotAt: null, versions: {}, files: {} },
      components: [{ ...storage, counts: { objects: 1, bytes: 2 ** 60 } }],
    })
    await writeFile(join(generation, 'storage'), 'would be large')
    const create = ['create', '::shop-2026-01-01_00-00-00', '.']
    expect(
      await runCommand('bash', ['-c', `cd "$0" && exec borg "$@"`, generation, ...create], {
        env: toolkit.borgEnvironment,
      }),
    ).toMatchObject({ code: 0 })
    const drill = await toolkit.restore(['--test', '-y', '--archive', 'shop-2026-01-01_00-00-00'], {
      FIXTURE_SAYS: says,
    })
    expect(drill.code).toBe(1)
    expect(drill.stderr).toMatch(/EXTRACT_DISK_FULL|it needs 1\.0E/)
    expect(await said()).toEqual([])
    expect((await readdir(extract())).sort()).toEqual(['.supabase-backup', 'manifest.json'])
    await toolkit.borg(['delete', '::shop-2026-01-01_00-00-00'])
  })

  it('trusts Local only when told to', async () => {
    await toolkit.restore(['--test', '-y', '--archive', 'Local'], { FIXTURE_SAYS: says })
    expect((await said())[0]?.args).toContain(toolkit.local)
  })

  it('over a test project needs --yes where nobody can be asked', async () => {
    await toolkit.configure({ TEST_SUPABASE_DB_URL: 'postgresql://u:p@h:5432/db' })
    const { code, stderr } = await toolkit.restore(['--test'], { FIXTURE_SAYS: says })
    await toolkit.configure({})
    expect(code).toBe(2)
    expect(stderr).toContain('--test -y')
    expect(await said()).toEqual([])
  })
})

describe('flags that would be left out of account', () => {
  it.each([
    [['--all', '--archive', 'latest'], '--all goes with --test'],
    [['--test', '-y', '--table', 'public.orders'], '--table does not go with --test'],
    [['--list', '--verify'], '--list and --verify do not go together'],
  ])('are refused: %j', async (args, message) => {
    const { code, stderr } = await toolkit.restore(args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  it('and a rollback with nothing to roll back to says so', async () => {
    const { code, stderr } = await toolkit.restore(['--rollback', '--target', 'test', '-y'])
    expect(code).toBe(1)
    expect(stderr).toContain('There is nothing to roll back to')
  })
})

describe('a restore without a terminal', () => {
  it('asks nothing and does nothing unless everything was given', async () => {
    for (const args of [[], ['-y'], ['--archive', 'latest'], ['--archive', 'latest', '-y']]) {
      const { code, stderr } = await toolkit.restore(args, { FIXTURE_SAYS: says })
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr).toMatch(/terminal|flags/)
    }
    expect(await said()).toEqual([])
  })

  it('runs with everything given, the target’s address in the worker’s environment', async () => {
    await toolkit.configure({ TEST_SUPABASE_DB_URL: 'postgresql://u:p@test.example.com:5432/db' })
    const flags = [
      '--archive',
      archives[0] ?? '',
      '--target',
      'test',
      '--confirm',
      'test.example.com:5432/db',
      '-y',
    ]
    const result = await toolkit.restore([...flags, '--only', 'database'], { FIXTURE_SAYS: says })
    await toolkit.configure({})
    expect(result.code, result.stderr).toBe(0)
    expect(result.stderr.match(/Extracting .* into /g)).toHaveLength(1)
    const starts = await said()
    expect(starts.map(({ args }) => args[0])).toEqual(['confirm', 'restore'])
    for (const { args, target } of starts) {
      expect(target).toBe('postgresql://u:p@test.example.com:5432/db')
      expect(args).toContain('--components=database')
      expect(args.join(' ')).toMatch(/--confirm[ =]test\.example\.com:5432\/db/)
    }
    expect(await toolkit.report()).toMatchObject({ kind: 'restore', archive: archives[0] })
    // The target, as it was.
    expect((await toolkit.archives()).at(-1)).toMatch(/^shop-before-restore-\d/)
  })

  it('keeps the three newest backups of targets, and touches no other archive', async () => {
    const ofTargets = async () =>
      (await toolkit.archives()).filter((name) => /^shop-before-restore-/.test(name))
    // As an earlier version made it, and one of another project whose name only looks alike.
    const strangers = ['shop-eu-before-restore-2020-01-01_00-00-00', 'shop-2020-01-01_00-00-00']
    const old = 'shop-before-restore-2020-01-01_00-00-00'
    const earlier = join(toolkit.folder, 'earlier')
    await mkdir(earlier)
    await writeFile(join(earlier, 'manifest.json'), '{}')
    for (const name of [...strangers, old])
      expect(await toolkit.borg(['create', `::${name}`, 'manifest.json'], {}, earlier)).toMatchObject({
        code: 0,
      })
    await toolkit.configure({ TEST_SUPABASE_DB_URL: 'postgresql://u:p@test.example.com:5432/db' })
    const flags = [
      '--archive',
      archives[0] ?? '',
      '--target',
      'test',
      '--confirm',
      'test.example.com:5432/db',
    ]
    const made: string[] = []
    for (let run = 0; run < 4; run++) {
      expect(await toolkit.restore([...flags, '--only', 'database', '-y'])).toMatchObject({ code: 0 })
      made.push((await ofTargets()).at(-1) ?? '')
    }
    await toolkit.configure({})
    expect(await ofTargets()).toEqual(made.slice(1))
    expect(await toolkit.archives()).toEqual(expect.arrayContaining([...strangers, ...archives]))
    for (const name of strangers) await toolkit.borg(['delete', `::${name}`])
  })
})

describe('the surroundings of a command', () => {
  it('that are broken do no harm, or are told with what to type', async () => {
    expect(await toolkit.restore(['--list'], { NODE_OPTIONS: '--no-such-option' })).toMatchObject({ code: 0 })
    const missing = join(toolkit.folder, 'no tmp')
    const refused = await toolkit.restore(['--list'], { TMPDIR: missing })
    expect(refused.code).toBe(78)
    expect(refused.stderr).toContain('[TMPDIR_UNUSABLE in')
    const [, command = ''] = /Run: (mkdir -p '[^']*')/.exec(refused.stderr) ?? []
    expect(await runCommand('sh', ['-c', command])).toMatchObject({ code: 0 })
    expect(await toolkit.restore(['--list'], { TMPDIR: missing })).toMatchObject({ code: 0 })
    const gone = `mkdir '${toolkit.folder}/gone'; cd '${toolkit.folder}/gone'; rmdir '${toolkit.folder}/gone'`
    const typed = `${gone}; '${toolkit.folder}/toolkit/restore.sh' --env-file '${toolkit.envFile}' --list`
    const there = await runCommand('bash', ['-c', typed], { env: { PATH: process.env['PATH'] } })
    expect(there).toMatchObject({ code: 78, stderr: expect.stringContaining('[WORKING_DIRECTORY_GONE in') })
    expect(there.stderr).not.toContain('node:')
    // Programs are started in other directories than the one that it counts from.
    const relative = relativePath(process.cwd(), missing)
    for (const what of ['--list', '--verify'])
      expect(await toolkit.restore([what], { TMPDIR: relative })).toMatchObject({ code: 0 })
  })
})

describe("an archive of the toolkit's predecessor", () => {
  it('is listed for what it is, refused for a restore before it is extracted, and taken out as told', async () => {
    const old = join(toolkit.folder, 'old/database')
    await mkdir(old, { recursive: true })
    await writeFile(join(old, 'schema.sql'), 'create table t ();')
    const name = '2024-01-01_03-00-00'
    expect(await toolkit.borg(['create', `::${name}`, join(toolkit.folder, 'old')])).toMatchObject({
      code: 0,
    })
    const listed = await toolkit.restore(['--list'])
    expect(listed.stdout).toMatch(new RegExp(`${name}.*the predecessor's`))
    expect(listed.stdout).toContain(
      `/restore.sh --env-file ${toolkit.envFile} --archive ${name} --extract DIR`,
    )
    for (const args of [['--verify'], ['--test', '-y']]) {
      const refused = await toolkit.restore([...args, '--archive', name])
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('[PREDECESSOR_ARCHIVE in')
      expect(refused.stderr).toContain(
        `/restore.sh --env-file ${toolkit.envFile} --archive ${name} --extract DIR`,
      )
      expect(refused.stderr).not.toContain('Extracting')
    }
    const out = join(toolkit.folder, 'taken-out')
    expect(await toolkit.restore(['--archive', name, '--extract', out])).toMatchObject({ code: 0 })
    expect(await readFile(join(out, 'database/schema.sql'), 'utf8')).toBe('create table t ();')
    expect(await toolkit.borg(['delete', `::${name}`])).toMatchObject({ code: 0 })
  })
})

describe('--confirm', () => {
  it('with another answer is refused before the archive is extracted, and the answer is not repeated', async () => {
    await toolkit.configure({ TEST_SUPABASE_DB_URL: 'postgresql://u:p@test.example.com:5432/db' })
    const flags = ['--archive', archives[0] ?? '', '--only', 'database', '--target', 'test']
    for (const [answer, told] of [
      [
        ['--confirm', 'a-password-pasted-here', '-y'],
        'What --confirm says is not the reference of the target',
      ],
      [['-y'], 'The restore was not confirmed'],
    ] as const) {
      const refused = await toolkit.restore([...flags, ...answer], { FIXTURE_SAYS: says })
      expect(refused.code, refused.stderr).toBe(2)
      expect(refused.stderr).toContain(`${told}, test.example.com:5432/db.`)
      expect(refused.stderr).toContain('give --confirm test.example.com:5432/db. [NOT_CONFIRMED')
      expect(`${refused.stdout}${refused.stderr}`).not.toContain('pasted')
      expect(refused.stderr).not.toContain('Extracting')
    }
    await toolkit.configure({})
    expect(await said()).toEqual([])
  })
})

describe('--list', () => {
  it('shows Local, Extract and the archives, newest first, for people and as JSON', async () => {
    const text = await toolkit.restore(['--list'])
    expect(text.code).toBe(0)
    const names = text.stdout.split('\n').map((line) => line.split(' ')[0])
    for (const line of text.stdout.split('\n').filter((each) => /^(Local|Extract|shop-\d\S+\d) /.test(each)))
      expect(line.length, line).toBeLessThanOrEqual(80)
    expect(names.filter((name) => archives.includes(name ?? ''))).toEqual([...archives].reverse())
    const json = z
      .array(z.object({ name: z.string(), status: z.string() }))
      .parse(JSON.parse((await toolkit.restore(['--list', '--json'])).stdout))
    expect(json.find(({ name }) => name === archives[1])?.status).toBe('degraded')
  })
})

describe('--verify', () => {
  it('checks the archive that was named, and prints the worker’s document with --json', async () => {
    const { code, stdout } = await toolkit.restore(['--verify', '--archive', archives[0] ?? '', '--json'], {
      FIXTURE_SAYS: says,
    })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'complete' })
    expect((await said())[0]?.args[0]).toBe('verify')
  })

  it('says that there is no such archive', async () => {
    const { code, stderr } = await toolkit.restore(['--verify', '--archive', 'shop-2020-01-01_00-00-00'])
    expect(code).toBe(1)
    expect(stderr).toContain('ARCHIVE_MISSING')
  })

  it('empties BORG_EXTRACT_DIR only when what is in it was extracted by us', async () => {
    const directory = join(toolkit.folder, 'letters')
    await mkdir(directory)
    await writeFile(join(directory, 'letter.txt'), 'Dear …')
    await toolkit.configure({ BORG_EXTRACT_DIR: directory })
    const { code, stderr } = await toolkit.restore(['--verify'])
    expect(code).toBe(78)
    expect(stderr).toContain('EXTRACT_NOT_OURS')
    expect(await readdir(directory)).toEqual(['letter.txt'])
    await toolkit.configure({})
    for (const _again of [1, 2]) expect((await toolkit.restore(['--verify'])).code).toBe(0)
  })
})

describe('--extract', () => {
  it('takes out everything, or the components that were chosen, from an archive and from Local', async () => {
    const whole = join(toolkit.folder, 'whole')
    expect((await toolkit.restore(['--extract', whole])).code).toBe(0)
    expect((await readdir(whole)).sort()).toEqual(['arguments.json', 'database', 'manifest.json', 'storage'])
    for (const source of ['latest', 'Local']) {
      const part = join(toolkit.folder, `part of ${source}`)
      expect(
        (await toolkit.restore(['--extract', part, '--only', 'storage', '--archive', source])).code,
      ).toBe(0)
      expect((await readdir(part)).sort()).toEqual(['arguments.json', 'manifest.json', 'storage'])
    }
    const again = await toolkit.restore(['--extract', whole])
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('DIRECTORY_NOT_EMPTY')
  })
})

describe('a directory to write into', () => {
  it.each(['--extract', '--to-dir', '--export'])(
    'that cannot be made is refused by %s before anything is extracted',
    async (flag) => {
      const { code, stderr } = await toolkit.restore(['--archive', archives[0] ?? '', flag, '/proc/nowhere'])
      expect(code, stderr).toBe(1)
      expect(stderr).toContain('[DIRECTORY_UNWRITABLE in ')
      expect(stderr).not.toContain('Extracting')
    },
  )
})

describe('--mount', () => {
  it('shows the archive’s files, or says what is missing on a machine without FUSE', async () => {
    const directory = join(toolkit.folder, 'mounted')
    const { code, stderr } = await toolkit.restore(['--mount', directory])
    if (code === 0) {
      expect(await readFile(join(directory, 'storage/object'), 'utf8')).toBe('object\n')
      expect((await toolkit.borg(['umount', directory])).code).toBe(0)
    } else expect(stderr).toContain('FUSE_MISSING')
  })

  it('writes nothing into what the toolkit keeps, and says so before anything is read', async () => {
    const places = [toolkit.local, join(toolkit.local, 'a/b'), join(toolkit.repository, 'x'), toolkit.state]
    for (const place of places)
      for (const verb of ['--to-dir', '--export', '--extract']) {
        const { code, stderr } = await toolkit.restore(['--archive', 'Local', verb, place])
        const isTaken = verb === '--extract' && place === toolkit.local
        expect([code, stderr], `${verb} ${place}`).toEqual([
          isTaken ? 1 : 2,
          expect.stringContaining(`[${isTaken ? 'DIRECTORY_NOT_EMPTY' : 'DIRECTORY_OURS'} in `),
        ])
      }
  })

  it('may put a whole archive in the place of the backup that this machine has lost', async () => {
    const lost = join(toolkit.folder, 'lost')
    await rename(toolkit.local, lost)
    const part = await toolkit.restore([
      '--archive',
      archives[0] ?? '',
      '--extract',
      toolkit.local,
      '--only',
      'database',
    ])
    expect([part.code, part.stderr]).toEqual([2, expect.stringContaining('[DIRECTORY_OURS in ')])
    const whole = await toolkit.restore(['--archive', archives[0] ?? '', '--extract', toolkit.local])
    expect(whole.code, whole.stderr).toBe(0)
    expect((await toolkit.restore(['--archive', 'Local', '--verify'])).code).toBe(0)
    await rm(toolkit.local, { recursive: true })
    await rename(lost, toolkit.local)
  })
})

describe('archives of the predecessor', () => {
  // Absolute paths, named by their date alone.
  const name = '2025-03-01_02-00-00'
  it.each([
    ['database and storage', ['database/dump.sql', 'storage/bucket/file']],
    ['only the database, whose folder is then all they have in common', ['database/a.sql', 'database/b.sql']],
    ['one file', ['database/a.sql']],
  ])('are extracted without the folders that lead to them: %s', async (_what, files) => {
    const folder = join(toolkit.folder, 'old/backups')
    await rm(folder, { recursive: true, force: true })
    for (const file of files) {
      await mkdir(join(folder, file, '..'), { recursive: true })
      await writeFile(join(folder, file), file)
    }
    expect((await toolkit.borg(['create', `::${name}`, folder])).code).toBe(0)
    const target = join(toolkit.folder, 'old-extracted')
    expect((await toolkit.restore(['--extract', target, '--archive', name])).code).toBe(0)
    for (const file of files) expect(await readFile(join(target, file), 'utf8')).toBe(file)
    await rm(target, { recursive: true })
    await toolkit.borg(['delete', `::${name}`])
  })
})
