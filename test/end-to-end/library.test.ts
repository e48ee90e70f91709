import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../src/flags/commands.ts'
import { flagsOf, formsOf } from '../../src/flags/table.ts'
import {
  BackupError,
  backup,
  check,
  drill,
  list,
  type ProjectOptions,
  preview,
  projects,
  RunError,
  type RunEvent,
  status,
  verify,
  verifyRepository,
} from '../../src/index.ts'
import {
  argumentsOf,
  armFlags,
  backupFlags,
  contentsFlags,
  drillFlags,
  exportFlags,
  firstRowsFlags,
  folderFlags,
  previewFlags,
  restoreFlags,
  resumeFlags,
  rollbackFlags,
  verifyFlags,
  verifyRepositoryFlags,
} from '../../src/library/options.ts'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { query } from '../helpers/database.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let lab: TwoProjects
let environment: Record<string, string | undefined>
let envFile: string
beforeAll(async () => {
  lab = await openTwoProjects()
  envFile = lab.source.envFile
  environment = { HOME: lab.folder, ...lab.source.places }
  const configured = join(`${lab.source.places['XDG_CONFIG_HOME']}`, 'supabase-backup')
  await mkdir(configured, { recursive: true })
  await copyFile(envFile, join(configured, 'sandbox.env'))
})
afterAll(() => lab.stop())

async function eventsOf(run: { events: AsyncIterable<RunEvent> }): Promise<RunEvent[]> {
  return await Array.fromAsync(run.events)
}

describe('the library', () => {
  test('backs up, tells what it does, and gives the report', async () => {
    const run = backup({ envFile, environment, only: ['database'] })
    const events = await eventsOf(run)
    const report = await run.result
    expect(report).toMatchObject({ runId: run.id, kind: 'backup', outcome: 'success', project: 'sandbox' })
    expect(events[0]).toMatchObject({ type: 'begin', run: run.id })
    expect(events.at(-1)).toMatchObject({ type: 'end', outcome: 'success', error: null })
    expect(report?.steps.map(({ name }) => name)).toEqual(
      events.flatMap((event) => (event.type === 'phase' && event.state === 'end' ? [event.phase] : [])),
    )
  })

  test('takes a setting, and with it a secret, from the environment it is given, and rejects with why a run failed', async () => {
    const { SUPABASE_DB_URL: url = '' } = lab.source.sandbox.environment()
    const wrong = new URL(url)
    wrong.password = 'not-the-password'
    const run = backup({ envFile, environment: { ...environment, SUPABASE_DB_URL: wrong.href } })
    const events = await eventsOf(run)
    const error = await run.result.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RunError)
    expect(error).toBeInstanceOf(BackupError)
    expect(error).toMatchObject({
      code: 'DB_PASSWORD_WRONG',
      suggestion: expect.stringMatching(/\w/),
      exitCode: 78,
      report: { runId: run.id, outcome: 'failed', error: { code: 'DB_PASSWORD_WRONG' } },
    })
    expect(events.at(-1)).toMatchObject({ type: 'end', error: { code: 'DB_PASSWORD_WRONG' } })
    expect(JSON.stringify([events, error])).not.toContain('not-the-password')
  })

  test('interrupts a run when the signal fires, and waits until it has tidied up', async () => {
    const abort = new AbortController()
    const run = backup({ envFile, environment, signal: abort.signal })
    for await (const event of run.events)
      if (event.type === 'phase' && event.phase === 'components') abort.abort()
    await expect(run.result).rejects.toMatchObject({
      code: 'INTERRUPTED',
      exitCode: 143,
      report: { runId: run.id },
    })
    expect(await status({ envFile, environment })).toMatchObject({ project: 'sandbox', running: null })
    const late = backup({ envFile, environment, signal: AbortSignal.abort() })
    await expect(late.result).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })

  test('tells each condition of a backup, with what it measured', async () => {
    const good = await check({ envFile, environment })
    expect(good.filter(({ status }) => status === 'FAIL')).toEqual([])
    expect(good.find(({ subject }) => subject === 'database')).toMatchObject({
      status: 'OK',
      facts: { serverVersion: expect.stringMatching(/^1\d/), databaseBytes: expect.any(Number) },
    })
    const bad = await check({ envFile, environment: { ...environment, BORG_PASSPHRASE: 'not-it' } })
    expect(bad.find(({ status }) => status === 'FAIL')).toMatchObject({
      subject: 'repository',
      remedy: expect.stringMatching(/\w/),
    })
  })

  test('rejects with the toolkit’s error where a run never began', async () => {
    const missing = join(lab.folder, 'missing.env')
    for (const call of [
      (options: ProjectOptions) => backup(options).result,
      (options: ProjectOptions) => drill(options).result,
      list,
      verify,
      status,
    ])
      await expect(call({ envFile: missing, environment })).rejects.toMatchObject({
        name: 'BackupError',
        code: 'ENV_FILE_MISSING',
        exitCode: 78,
      })
    await expect(backup({ envFile, environment, runId: 'no id' }).result).rejects.toMatchObject({
      code: 'RUN_ID_INVALID',
    })
  })

  test('gives null where ONLY_IF says that now is not the time', async () => {
    const run = backup({ envFile, environment: { ...environment, ONLY_IF: 'false' } })
    expect(await run.result).toBeNull()
  })

  test('hands on the lines of the log', async () => {
    const lines: string[] = []
    await verify({ envFile, environment, archive: 'Local', log: (line) => lines.push(line) })
    expect(lines.join('\n')).toContain('INFO')
  })

  test('lists, verifies and finds projects', async () => {
    const sources = await list({ envFile, environment })
    expect(sources.map(({ kind }) => kind)).toContain('archive')
    expect(sources[0]?.time).toBeInstanceOf(Date)
    expect((await verify({ envFile, environment })).components.map(({ component }) => component)).toContain(
      'database',
    )
    expect(await projects({ environment })).toMatchObject([{ name: 'sandbox' }])
  })

  test('checks the repository, and previews a restore', async () => {
    expect(await verifyRepository({ envFile, environment }).result).toMatchObject({
      kind: 'check',
      outcome: 'success',
    })
    const part = { tables: ['public.comments'], dataOnly: true }
    const wanted = { envFile, environment, archive: 'latest', target: 'test', ...part }
    expect(await preview(wanted)).toMatchObject({
      status: 'previewed',
      target: lab.reference,
      database: { tables: [expect.objectContaining({ name: 'comments' })] },
      storage: null,
    })
    await expect(preview({ ...wanted, target: 'nowhere' })).rejects.toMatchObject({ code: 'USAGE' })
  })

  test.each([
    ['backup', backupFlags],
    ['restore', restoreFlags],
    ['restore', drillFlags],
    ['restore', verifyFlags],
    ['restore', previewFlags],
    ['restore', rollbackFlags],
    ['restore', resumeFlags],
    ['restore', armFlags],
    ['restore', contentsFlags],
    ['restore', folderFlags],
    ['restore', firstRowsFlags],
    ['restore', exportFlags],
    ['backup', verifyRepositoryFlags],
  ])('knows only flags that %s.sh has', (name, flags) => {
    const known = commands
      .filter((command) => command.name === name)
      .flatMap(flagsOf)
      .flatMap(formsOf)
    for (const flag of Object.values(flags)) expect(known).toContain(flag.replace(/,$/, ''))
  })

  test('turns options into arguments', () => {
    const options = {
      archive: 'latest',
      only: ['database', 'storage'],
      objects: ['a/b', 'a/c'],
      verifyBytes: undefined,
    }
    expect(argumentsOf({ ...options, envFile: '/x' }, drillFlags).join(' ')).toBe(
      '--object a/b --object a/c --archive latest --only database,storage',
    )
    expect(argumentsOf({ acceptShrink: true }, backupFlags)).toEqual(['--accept-shrink'])
    expect(argumentsOf({ acceptShrink: false }, backupFlags)).toEqual([])
  })
})

describe('the examples', () => {
  const run = async (name: string, ...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(
      process.execPath,
      ['--import', 'tsx', join(checkout, 'examples', name), ...args],
      { cwd: checkout, env: { PATH: process.env['PATH'], ...environment } },
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
    return stdout
  }

  test('compile against the library’s types', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'examples-'))
    const config = { extends: join(checkout, 'tsconfig.json'), include: [join(checkout, 'examples')] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const options = ['--noEmit', '--project', folder, '--typeRoots', join(checkout, 'node_modules/@types')]
    const compiled = await runCommand(join(checkout, 'node_modules/.bin/tsc'), options)
    await rm(folder, { recursive: true })
    expect(compiled).toMatchObject({ code: 0, stdout: '' })
  })

  test('stand on the page about the library, each as it is', async () => {
    const page = await readFile(join(checkout, 'docs/reference/library.md'), 'utf8')
    for (const name of await readdir(join(checkout, 'examples')))
      expect(page).toContain(`\`\`\`ts\n${await readFile(join(checkout, 'examples', name), 'utf8')}\`\`\``)
  })

  test('nightly-backup backs up and shows how far it is', async () => {
    const shown = await run('nightly-backup.ts', envFile)
    expect(shown).toMatch(/^Run [\da-f-]{36}\npreflight\n/)
    expect(shown).toMatch(/^ {2}storage: \d+ of \d+ objects$/m)
    expect(shown).toMatch(/^success: sandbox-[\d_-]+\n$/m)
  })

  test('list-archives lists and verifies', async () => {
    const shown = await run('list-archives.ts', envFile)
    expect(shown).toMatch(/^sandbox-[\d_-]+ {2}\d{4}-.*Z {2}complete/m)
    expect(shown).toMatch(/^storage: complete, \{.*"objects":/m)
  })

  test('restore-table brings a table back', async () => {
    const rows = () => query(lab.target.databaseUrl, 'select from public.comments')
    const before = await rows()
    await query(lab.target.databaseUrl, 'delete from public.comments')
    expect(await run('restore-table.ts', envFile, 'public.comments', lab.reference)).toContain(
      'was restored to',
    )
    expect(await rows()).toHaveLength(before.length)
  })

  test('drill proves the newest archive', async () => {
    expect(await run('drill.ts', envFile)).toMatch(/was restored and compared in \d+ seconds: equal\.\n {2}/)
  })

  test('status tells of every project', async () => {
    expect(await run('status.ts')).toBe('sandbox: safe\n')
  })
})
