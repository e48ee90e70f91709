import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startProgram } from '../../../src/common/process.ts'
import { componentNames } from '../../../src/components/list.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { scriptEnvironment } from '../../helpers/report-command.ts'
import { component, exampleReport } from '../../helpers/reports.ts'
import { startTmux, type TmuxSession } from '../../helpers/tmux.ts'

const source = 'abcdefghijklmnopqrst'
const test = 'testefghijklmnopqrst'
const other = 'otherfghijklmnopqrst'
const names = [
  'shop-2026-11-18_03-00-00',
  'shop-2026-11-19_03-00-00-degraded',
  'shop-2026-11-20_03-00-00',
  '2024-01-01_03-00-00',
  'blog-2026-11-20_03-00-00',
  'shop-2026-11-17_03-00-00-schema',
  'shop-2026-11-16_03-00-00',
]

let directory: string
let environment: Record<string, string>
let session: TmuxSession | undefined
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'picker-'))
  await writeFile(join(directory, 'list.json'), JSON.stringify({ archives: names.map((name) => ({ name })) }))
  const configuration = join(directory, 'supabase-backup')
  await mkdir(configuration)
  await writeFile(join(configuration, 'blog.env'), `SUPABASE_PROJECT_REF=${other}\n`, { mode: 0o600 })
  environment = {
    PATH: process.env['PATH'] ?? '',
    ...scriptEnvironment(join(directory, 'state')),
    ENV_FILE: join(configuration, 'shop.env'),
    XDG_CONFIG_HOME: directory,
    SUPABASE_PROJECT_REF: source,
    SUPABASE_URL: `https://${source}.supabase.co`,
    TEST_SUPABASE_PROJECT_REF: test,
    TEST_SUPABASE_URL: `https://${test}.supabase.co`,
  }
})
afterEach(async () => {
  await session?.stop()
  session = undefined
  await rm(directory, { recursive: true })
})

async function start(flags = '', size: { columns?: number; rows?: number } = {}): Promise<TmuxSession> {
  const command = `${process.execPath} src/interactive.ts --archive-list ${directory}/list.json ${flags} >${directory}/choice`
  session = await startTmux({ command, env: environment, ...size })
  return session
}

async function choice(): Promise<Record<string, string>> {
  const text = await readFile(join(directory, 'choice'), 'utf8')
  const pairs = text.split('\0').filter((pair) => pair !== '')
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

describe('the picker', () => {
  it('leads by search, ticks and arrows to a choice', async () => {
    const terminal = await start()
    const list = await terminal.waitFor('2024-01-01_03-00-00')
    expect(list.indexOf('shop-2026-11-20')).toBeLessThan(list.indexOf('shop-2026-11-19'))
    expect(list).toContain('predecessor')
    expect(list).not.toContain('blog-')
    await terminal.type('degr 11-19')
    await terminal.waitFor(/❯ shop-2026-11-19(?!(.|\n)*11-20)/)
    await terminal.press('Enter')
    await terminal.waitFor('Which components?')
    await terminal.press('Down', 'Space', 'Enter')
    const targets = await terminal.waitFor('Restore to which project?')
    expect(targets).toContain(`The test project: ${test}`)
    expect(targets).toContain(`blog: ${other}`)
    expect(targets).not.toContain(source)
    await terminal.press('Down', 'Enter')
    await terminal.waitFor('exit code 0')
    expect(await choice()).toEqual({
      CHOSEN_SOURCE: 'shop-2026-11-19_03-00-00-degraded',
      // What an archive holds is known once it is extracted.
      CHOSEN_COMPONENTS: componentNames.filter((name) => name !== 'storage').join(','),
      CHOSEN_EVERYTHING: 'no',
      CHOSEN_TARGET: 'blog',
      CHOSEN_REFERENCE: other,
      TARGET_SUPABASE_PROJECT_REF: other,
      TARGET_SUPABASE_URL: `https://${other}.supabase.co`,
      TARGET_SUPABASE_STORAGE_URL: `https://${other}.supabase.co/storage/v1`,
    })
  })

  it('takes a typed target, hides its secrets, and refuses the origin and the transaction pooler', async () => {
    const terminal = await start('--archive latest --only database,storage')
    await terminal.waitFor('Restore to which project?')
    await terminal.press('Up', 'Enter')
    await terminal.waitFor('Project reference')
    await terminal.type('short')
    await terminal.press('Enter')
    await terminal.waitFor('20 lower-case letters')
    await terminal.press('C-u')
    await terminal.type('typedfghijklmnopqrst')
    await terminal.press('Enter')
    await terminal.waitFor('Connection string')
    const url = (user: string, port: number) =>
      `postgresql://postgres.${user}:hunter2secret@pooler.example.com:${port}/postgres`
    await terminal.type(url('typedfghijklmnopqrst', 6543))
    await terminal.press('Enter')
    await terminal.waitFor('transaction pooler')
    await terminal.press('C-u')
    await terminal.type(url(source, 5432))
    await terminal.press('Enter')
    await terminal.waitFor('the project the backup was taken from')
    await terminal.press('C-u')
    await terminal.type(url('typedfghijklmnopqrst', 5432))
    await terminal.press('Enter')
    await terminal.waitFor('service_role key')
    await terminal.type('sb_secret_canary')
    await terminal.press('Enter')
    const end = await terminal.waitFor('exit code 0')
    expect(end).not.toContain('hunter2')
    expect(end).not.toContain('canary')
    expect(await choice()).toMatchObject({
      CHOSEN_SOURCE: 'shop-2026-11-20_03-00-00',
      CHOSEN_REFERENCE: 'typedfghijklmnopqrst',
      TARGET_SUPABASE_DB_URL: url('typedfghijklmnopqrst', 5432),
      TARGET_SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_canary',
    })
  })

  it('takes an access token in place of a connection string, and hides it', async () => {
    const terminal = await start('--archive latest --only database')
    await terminal.waitFor('Restore to which project?')
    await terminal.press('Up', 'Enter')
    await terminal.waitFor('Project reference')
    await terminal.type('typedfghijklmnopqrst')
    await terminal.press('Enter')
    await terminal.waitFor('empty to use an access token')
    await terminal.press('Enter')
    await terminal.waitFor('Access token of the Management API')
    await terminal.type('sbp_canary')
    await terminal.press('Enter')
    expect(await terminal.waitFor('exit code 0')).not.toContain('canary')
    expect(await choice()).toMatchObject({
      CHOSEN_REFERENCE: 'typedfghijklmnopqrst',
      TARGET_SUPABASE_PROJECT_REF: 'typedfghijklmnopqrst',
      TARGET_SUPABASE_ACCESS_TOKEN: 'sbp_canary',
    })
  })

  it('ends with 130 and chooses nothing on Ctrl-C, at each question', async () => {
    for (const [flags, question] of [
      ['', 'Restore what?'],
      ['--archive latest', 'Which components?'],
      ['--archive latest --only database', 'Restore to which project?'],
    ] as const) {
      const terminal = await start(flags)
      await terminal.waitFor(question)
      await terminal.press('C-c')
      await terminal.waitFor('exit code 130')
      expect(await choice()).not.toHaveProperty('CHOSEN_SOURCE')
      await terminal.stop()
      session = undefined
    }
  })

  it('keeps each archive on a line of its own in a narrow terminal, without colour', async () => {
    environment['NO_COLOR'] = '1'
    const terminal = await start('', { columns: 44, rows: 12 })
    await terminal.waitFor('2024-01-01')
    const lines = (await terminal.screen()).split('\n')
    expect(lines.filter((line) => /^[❯ ] (shop|2024)/.test(line))).toHaveLength(6)
    expect(lines[1]).toMatch(/^❯ shop-2026-11-20_03-00-00$/)
    // Bold, dim and reverse are no colours.
    const styles = (await terminal.rawScreen())
      .split('\x1b[')
      .slice(1)
      .map((part) => part.slice(0, part.indexOf('m')))
    expect(styles.filter((style) => /^(3\d|4\d|9[0-7])(;|$)/.test(style))).toEqual([])
  })

  it('asks nothing when every question is answered by a flag', async () => {
    const result = await runDetached([
      '--archive',
      'latest',
      '--only',
      'storage',
      '--target',
      'test',
      '--json',
    ])
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(result.stdout)).toEqual({
      CHOSEN_SOURCE: 'shop-2026-11-20_03-00-00',
      CHOSEN_COMPONENTS: 'storage',
      CHOSEN_EVERYTHING: 'no',
      CHOSEN_TARGET: 'test',
      CHOSEN_REFERENCE: test,
    })
  })

  it.each([
    ['its name tells', 'shop-2026-11-17_03-00-00-schema', 'database'],
    ['the run that made it tells', 'shop-2026-11-16_03-00-00', 'storage'],
  ])('asks for no component of an archive that has one alone, as %s', async (_, archive, held) => {
    const state = join(directory, 'state')
    const report = exampleReport({
      components: [component('storage', {}), component('database', {}, { status: 'skipped' })],
      archives: exampleReport().archives.map((one) => ({ ...one, name: 'shop-2026-11-16_03-00-00' })),
    })
    await mkdir(state, { recursive: true })
    await writeFile(join(state, 'status.json'), JSON.stringify(applyRun(emptyStatus('shop'), report)))
    const result = await runDetached(['--archive', archive, '--target', 'test', '--json'])
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(result.stdout)).toMatchObject({ CHOSEN_COMPONENTS: held, CHOSEN_EVERYTHING: 'yes' })
  })

  it('takes another configured project by its name', async () => {
    const result = await runDetached([
      '--archive',
      'latest',
      '--only',
      'database',
      '--target',
      'blog',
      '--json',
    ])
    expect(JSON.parse(result.stdout)).toMatchObject({ CHOSEN_TARGET: 'blog', CHOSEN_REFERENCE: other })
  })

  it('takes the origin itself for the target only with --over-source', async () => {
    const flags = ['--archive', 'latest', '--only', 'database', '--target', 'shop', '--json']
    const refused = await runDetached(flags)
    expect(refused.code).toBe(78)
    expect(JSON.parse(refused.stdout)).toMatchObject({
      status: 'failed',
      error: { code: 'TARGET_IS_SOURCE', suggestion: expect.stringContaining('--over-source') },
    })
    const { stdout } = await runDetached([...flags, '--over-source'])
    expect(JSON.parse(stdout)).toMatchObject({ CHOSEN_TARGET: 'shop', CHOSEN_REFERENCE: source })
  })

  it('says of another project why it cannot be the target', async () => {
    const flags = ['--archive', 'latest', '--only', 'database', '--json', '--target']
    const file = join(directory, 'supabase-backup/staging.env')
    const reasonFor = async (content: string, mode: number) => {
      await writeFile(file, content)
      await chmod(file, mode)
      const { code, stdout } = await runDetached([...flags, 'staging'])
      expect(code).toBe(78)
      return JSON.parse(stdout).error
    }
    const well = `SUPABASE_PROJECT_REF=${other}\n`
    expect(await reasonFor(`${well}SUPABASE_DB_PASWORD=x\n`, 0o600)).toMatchObject({
      code: 'CONFIG_UNKNOWN_VARIABLE',
      suggestion: 'Did you mean SUPABASE_DB_PASSWORD?',
    })
    expect(await reasonFor(well, 0o644)).toMatchObject({
      code: 'ENV_FILE_OPEN',
      suggestion: `Run: chmod 600 '${file}'`,
    })
    expect(await reasonFor(`SUPABASE_PROJECT_REF=${source}\n`, 0o600)).toMatchObject({
      code: 'TARGET_IS_SOURCE',
    })
    expect(await reasonFor('', 0o600)).toMatchObject({
      code: 'TARGET_INCOMPLETE',
      message: expect.stringContaining(file),
    })
    await writeFile(file, `${well}TARGET_ONLY=true\n`)
    expect(JSON.parse((await runDetached([...flags, 'staging'])).stdout)).toMatchObject({
      CHOSEN_TARGET: 'staging',
    })
    const misspelt = JSON.parse((await runDetached([...flags, 'stagin'])).stdout).error
    expect(misspelt.suggestion).toContain('Did you mean staging?')
    await rm(file)
  })

  it.each([
    [['--archive', 'latest', '--only', 'database', '--target', 'nobody'], /There is no target "nobody"/],
    [['--archive', 'shop-1999-01-01_00-00-00'], /There is no archive/],
    [['--archive', 'latest', '--only', 'tables'], /has no component "tables"/],
    [['--archive', 'latest'], /no terminal to ask it on/],
  ])('without a terminal refuses %j', async (flags, message) => {
    const result = await runDetached(flags)
    expect(result.code).toBe(2)
    // The script logs and reports it.
    expect(result.stdout).toMatch(message)
    expect(result.stdout).not.toContain('CHOSEN_')
  })
})

/** Runs it with a pipe for stdin that says Enter all the time, as `yes '' |` would. */
async function runDetached(flags: string[]) {
  const child = startProgram({
    program: process.execPath,
    args: ['src/interactive.ts', '--archive-list', join(directory, 'list.json'), ...flags],
    env: environment,
    phase: 'test',
  })
  child.stdin.write('\n'.repeat(20))
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const { code, stderr } = await child.ended
  return { code, stdout, stderr }
}
