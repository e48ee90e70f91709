import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runReportSchema } from '../../src/report/schema.ts'
import { type RunEvent, runEventSchema } from '../../src/run/events.ts'
import { isAlive, readRunFile } from '../../src/run/facts.ts'
import { runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let runDirectory: string
beforeAll(async () => {
  toolkit = await makeToolkit()
  runDirectory = join(toolkit.state, 'run')
  expect((await toolkit.backup()).code).toBe(0)
})
afterEach(() => toolkit.configure({}))
afterAll(() => toolkit.remove())

const environment = () => ({
  PATH: process.env['PATH'],
  HOME: join(toolkit.folder, 'home'),
  XDG_RUNTIME_DIR: join(toolkit.folder, 'runtime'),
  TMPDIR: join(toolkit.folder, 'tmp'),
})

/** Starts backup.sh with a pipe or socket of ours as file descriptor 3. */
function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(join(toolkit.folder, 'toolkit/backup.sh'), [...args, '--events', '3'], {
    env: { ...environment(), ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => ({ code, signal }))
  return { pid: child.pid ?? -1, events: child.stdio[3] as Readable, ended }
}

const begin = (env: Record<string, string> = {}, args: readonly string[] = []) =>
  start(['--env-file', toolkit.envFile, ...args], env)

const parseEvents = (lines: string): RunEvent[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => runEventSchema.parse(JSON.parse(line)))

async function reportOf(id: string) {
  const name = (await readdir(join(toolkit.state, 'runs'))).find((file) => file.endsWith(`-${id}.json`))
  return runReportSchema.parse(JSON.parse(await readFile(join(toolkit.state, 'runs', `${name}`), 'utf8')))
}

/** The process that a process has started and that has a word in its command, as soon as there is one. */
async function childOf(pid: number, word: string): Promise<number> {
  for (;;) {
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
    for (const child of children.filter((name) => name !== ''))
      if ((await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')).includes(word))
        return Number(child)
    await sleep(50)
  }
}

async function installHook(event: string, script: string): Promise<void> {
  const hook = join(toolkit.folder, 'hooks.d', event, '10-hook')
  await mkdir(join(hook, '..'), { recursive: true })
  await writeFile(hook, `#!/bin/sh\n${script}\n`)
  await chmod(hook, 0o755)
}

describe('a run', () => {
  it('tells on the file descriptor, and in its directory, what it does, and its report is found by the id it was given', async () => {
    const id = randomUUID()
    const { events, ended } = begin({ RUN_ID: id, FIXTURE_BACKUP: 'progress' })
    let told = ''
    let kept = ''
    for await (const chunk of events) {
      told += chunk
      kept = await readFile(join(runDirectory, 'events.jsonl'), 'utf8').catch(() => kept)
      if (told.includes('"progress"')) expect(readRunFile(runDirectory)?.id ?? id).toBe(id)
    }
    expect(await ended).toMatchObject({ code: 0 })
    const all = parseEvents(told)
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
    expect(told.startsWith(kept) && kept !== '').toBe(true)
    expect(new Set(all.map(({ run, project }) => `${run} ${project}`))).toEqual(new Set([`${id} shop`]))
    const phases = all.flatMap((event) => (event.type === 'phase' ? [`${event.state} ${event.phase}`] : []))
    expect(phases).toEqual(phases.toSorted((a, b) => phases.indexOf(a) - phases.indexOf(b)))
    expect(phases).toContain('end components')
    expect(all).toContainEqual(
      expect.objectContaining({ type: 'progress', label: 'copying', component: 'storage', total: 12 }),
    )
    const report = await reportOf(id)
    expect(all.at(-1)).toMatchObject({ type: 'end', outcome: 'success', exitCode: 0, error: null })
    expect(report.runId).toBe(id)
    expect(report.steps.map(({ name }) => `end ${name}`)).toEqual(
      phases.filter((phase) => phase.startsWith('end')),
    )
    expect(await readdir(toolkit.state)).not.toContain('run')
  })

  it.each([
    '',
    'short',
    'a/../../b-long-enough',
    'with space in it',
    'x'.repeat(65),
    '-begins-with-a-hyphen',
  ])('is refused the id %j, and nothing is begun', async (id) => {
    const before = await readdir(join(toolkit.state, 'runs'))
    const result = await toolkit.backup(['--json'], { RUN_ID: id })
    // One that is empty is none.
    if (id === '') return expect(result.code).toBe(0)
    expect(result.code).toBe(2)
    expect(JSON.parse(result.stdout).error.code).toBe('RUN_ID_INVALID')
    expect(await readdir(join(toolkit.state, 'runs'))).toEqual(before)
  })

  it('is refused the id of an earlier run, of whatever kind, and not one that only ends like it', async () => {
    const id = randomUUID()
    expect((await toolkit.backup([], { RUN_ID: id })).code).toBe(0)
    const again = await toolkit.backup(['--verify-repo', '--json'], { RUN_ID: id })
    expect(again.code).toBe(2)
    expect(JSON.parse(again.stdout).error.code).toBe('RUN_ID_TAKEN')
    expect((await toolkit.backup(['--verify-repo'], { RUN_ID: id.slice(9) })).code).toBe(0)
  })

  it('that a hook of another starts has an id of its own', async () => {
    const id = randomUUID()
    const inner = join(toolkit.folder, 'inner.txt')
    await installHook('after-backup', `echo "$RUN_ID" >'${inner}'`)
    expect((await toolkit.backup([], { RUN_ID: id })).code).toBe(0)
    expect((await readFile(inner, 'utf8')).trim()).toBe(id)
    // What a hook starts inherits both.
    expect((await toolkit.backup([], { RUN_ID: id, HOOK_EVENT: 'after-backup' })).code).toBe(0)
    expect((await readFile(inner, 'utf8')).trim()).not.toBe(id)
    await installHook('after-backup', 'exit 0')
  })

  it.each([
    { what: 'a worker', env: { FIXTURE_BACKUP: 'fail' }, settings: {}, code: 'FIXTURE' },
    { what: 'the script', env: {}, settings: { MIN_FREE_SPACE: '900T' }, code: 'DISK_SPACE' },
    { what: 'nobody', env: { FIXTURE_BACKUP: 'crash' }, settings: {}, code: 'WORKER_DIED' },
  ])(
    'says why it failed in the same words in report, events and hook, where $what raised the error',
    async (given) => {
      const told = join(toolkit.folder, 'told.txt')
      await installHook(
        'on-failure',
        `printf '%s\\n' "$ERROR_CODE" "$ERROR_MESSAGE" "$ERROR_SUGGESTION" "$ERROR_PHASE" >'${told}'`,
      )
      await toolkit.configure(given.settings)
      const id = randomUUID()
      const { events, ended } = begin({ RUN_ID: id, ...given.env })
      const all = parseEvents(await text(events))
      expect(await ended).toMatchObject({ code: 1 })
      const { error } = await reportOf(id)
      expect(error?.code).toBe(given.code)
      expect(all.at(-1)).toMatchObject({ type: 'end', outcome: 'failed', exitCode: 1, error })
      const [code, message, suggestion, phase] = (await readFile(told, 'utf8')).split('\n')
      expect({ code, message, suggestion, phase, detail: error?.detail }).toEqual(error)
    },
  )
})

describe('whoever follows a run', () => {
  it('may read slowly, or not at all, and keeps it from nothing', async () => {
    const script = `"$0" --env-file "$1" --events 3 3>&1 >/dev/null 2>&1 | { sleep 6; cat; }; exit "\${PIPESTATUS[0]}"`
    const backup = join(toolkit.folder, 'toolkit/backup.sh')
    const { code, stdout } = await runCommand('bash', ['-c', script, backup, toolkit.envFile], {
      env: { ...environment(), FIXTURE_BACKUP: 'progress' },
    })
    expect(code).toBe(0)
    expect(parseEvents(stdout).at(-1)).toMatchObject({ type: 'end', exitCode: 0 })
  })

  it('may go at once', async () => {
    const { events, ended } = begin({ FIXTURE_BACKUP: 'progress' })
    events.destroy()
    expect(await ended).toMatchObject({ code: 0 })
    expect(await toolkit.report()).toMatchObject({ outcome: 'success' })
  })

  it('is refused where the file descriptor is not open, or the command is no run', async () => {
    const result = await toolkit.backup(['--events', '77'])
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('open file descriptor') })
    expect((await toolkit.backup(['--events', '1', '--status'])).code).toBe(2)
    expect((await toolkit.restore(['--events', '1', '--list'])).code).toBe(2)
  })

  it('is told of the runs of all projects, one after the other', async () => {
    const projects = join(toolkit.folder, 'home/.config/supabase-backup')
    await mkdir(projects, { recursive: true })
    await cp(toolkit.envFile, join(projects, 'shop.env'))
    await cp(toolkit.envFile, join(projects, 'store.env'))
    await writeFile(
      join(projects, 'store.env'),
      (await readFile(toolkit.envFile, 'utf8'))
        .replaceAll('/data/', '/data-of-store/')
        .replace('shop.borg', 'store.borg'),
      { mode: 0o600 },
    )
    const { events, ended } = start(['--all'])
    const all = parseEvents(await text(events))
    expect(await ended).toMatchObject({ code: 0 })
    const ends = all.flatMap((event) => (event.type === 'end' ? [`${event.project} ${event.exitCode}`] : []))
    expect(ends).toEqual(['shop 0', 'store 0'])
    expect(new Set(all.map(({ run }) => run)).size).toBe(2)
    expect((await toolkit.backup(['--all'], { RUN_ID: randomUUID() })).code).toBe(2)
  })
})

describe('a run goes on, or is known to have crashed,', () => {
  it('when its follower is killed: another tells the rest, and nothing is told twice', async () => {
    const id = randomUUID()
    const { pid, events, ended } = begin({ RUN_ID: id, FIXTURE_BACKUP: 'progress' })
    let told = ''
    let killed = 0
    for await (const chunk of events) {
      told += chunk
      if (killed > 0 || !told.includes('"progress"')) continue
      killed = await childOf(pid, 'follow')
      process.kill(killed, 'SIGKILL')
    }
    expect(killed).toBeGreaterThan(0)
    expect(await ended).toMatchObject({ code: 0 })
    const all = parseEvents(told)
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
    expect(all.at(-1)).toMatchObject({ type: 'end', outcome: 'success' })
    expect(await reportOf(id)).toMatchObject({ outcome: 'success' })
  })

  it('when its follower is killed while it reports: the script does', async () => {
    const id = randomUUID()
    // What waits to be told that the run begins has the follower wait as well.
    const silent = await import('node:net').then(({ createServer }) =>
      createServer(() => {}).listen(0, '127.0.0.1'),
    )
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await toolkit.configure({ HEALTHCHECKS_URL: `http://127.0.0.1:${port}/ping/1` })
    const { pid, events, ended } = begin({ RUN_ID: id })
    events.resume()
    await expect
      .poll(() => toolkit.log().catch(() => ''), { timeout: 60_000 })
      .toContain('Ended with exit code 0')
    await toolkit.configure({})
    await sleep(300)
    process.kill(await childOf(pid, 'follow'), 'SIGKILL')
    silent.close()
    expect(await ended).toMatchObject({ code: 0 })
    expect(await reportOf(id)).toMatchObject({ outcome: 'success' })
  })

  it.each([
    { phase: 'before-backup', env: {} as Record<string, string>, hook: 'before-backup' },
    { phase: 'database', env: { FIXTURE_BACKUP: 'hang' } as Record<string, string>, hook: undefined },
    { phase: 'after-backup', env: {} as Record<string, string>, hook: 'after-backup' },
  ])('when the script is killed in the step $phase', async ({ phase, env, hook }) => {
    const id = randomUUID()
    if (hook !== undefined) await installHook(hook, 'exec sleep 600')
    const { pid, events, ended } = begin({ RUN_ID: id, ...env })
    const told = text(events)
    await expect.poll(() => readRunFile(runDirectory)?.phase, { timeout: 60_000 }).toBe(phase)
    const file = readRunFile(runDirectory)
    expect(file).toMatchObject({ id, kind: 'backup', pid })
    expect(file && isAlive(file)).toBe(true)
    expect((await toolkit.backup(['--status'])).stdout).toMatch(`a backup that began`)
    // A second run meanwhile changes nothing of the first.
    expect((await toolkit.backup()).code).toBe(75)
    expect(readRunFile(runDirectory)?.id).toBe(id)
    process.kill(pid, 'SIGKILL')
    expect(await ended).toMatchObject({ signal: 'SIGKILL' })
    expect(file && isAlive(file)).toBe(false)
    expect(readRunFile(runDirectory)).toMatchObject({ id, phase })
    expect((await toolkit.backup(['--status'])).stdout).toMatch(/PROBLEM .*The backup that began .* crashed/)
    if (hook !== undefined) await installHook(hook, 'exit 0')
    // Nobody ended it, so nothing says so; the next run reports it, by its id.
    expect(parseEvents(await told).map(({ type }) => type)).not.toContain('end')
    expect((await toolkit.backup()).code).toBe(0)
    expect(await reportOf(id)).toMatchObject({ outcome: 'failed', error: { code: 'RUN_DIED' } })
    expect((await toolkit.backup(['--status'])).stdout).not.toContain('crashed')
  })

  it('when its worker is killed', async () => {
    const { pid, events, ended } = begin({ FIXTURE_BACKUP: 'hang' }, ['--only', 'database'])
    const told = text(events)
    process.kill(await childOf(pid, '--generation'), 'SIGKILL')
    expect(await ended).toMatchObject({ code: 1 })
    expect(parseEvents(await told).at(-1)).toMatchObject({ type: 'end', error: { code: 'WORKER_DIED' } })
  })
})
