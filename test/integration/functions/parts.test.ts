import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { Manifest } from '../../../src/common/manifest.ts'
import type { ExportContext } from '../../../src/components/component.ts'
import { functions } from '../../../src/functions/component.ts'
import { openTarget } from '../../../src/project/project.ts'
import { runCommand } from '../../helpers/command.ts'
import {
  type FunctionProjects,
  originRef,
  putFunction,
  putSampleFunctions,
  startFunctionProjects,
  token,
} from '../../helpers/functions.ts'

let projects: FunctionProjects
beforeEach(async () => {
  projects = await startFunctionProjects()
  putSampleFunctions(projects.origin)
})
afterEach(() => projects.stop())

const { signal } = new AbortController()
const offline = { flags: {}, log: silentLog, signal }

describe('--check of the functions', () => {
  const check = async (values: Record<string, string> = {}) =>
    functions.preflight({ config: await projects.config(values), log: silentLog, signal })

  it('reads what a backup reads', async () => {
    expect(await check()).toMatchObject([
      { status: 'OK', text: '3 functions, whose sources can be read' },
      { status: 'OK', subject: 'function secrets', text: '2 names can be read' },
    ])
  })

  it.each([
    ['/functions', 0, 'edge_functions_read'],
    ['/body', 0, 'edge_functions_read'],
    ['/secrets', 1, 'edge_functions_secrets_read'],
  ])('names the right that a token lacks for %s', async (path, line, right) => {
    projects.api.faults.push({ path, status: 403, times: 9 })
    const conditions = await check()
    expect(conditions[line]).toMatchObject({ status: 'FAIL', text: expect.stringContaining(right) })
    expect(conditions[1 - line]).toMatchObject({ status: 'OK' })
  })

  it('says for how many secrets a value is known', async () => {
    const file = join(projects.folder, 'secrets.env')
    await writeFile(file, 'MAIL_KEY=x\nOTHER=y\n', { mode: 0o600 })
    expect((await check({ FUNCTION_SECRETS_FILE: file }))[1]?.text).toContain('FUNCTION_SECRETS_FILE has 1')
  })
})

it('An estimate of the functions says what would be read, by the list alone', async () => {
  const { generation } = await projects.backUp('one')
  putFunction(projects.origin, 'hello', { 'supabase/functions/hello/index.ts': 'changed' })
  projects.api.requests.length = 0
  const estimate = await functions.estimate?.({
    ...{ config: await projects.config(), ...offline, scratch: projects.folder, previous: generation },
  })
  expect(estimate?.document).toEqual({ functions: { toFetch: 1, unchanged: 2 } })
  expect(projects.api.requests).toEqual([`GET /v1/projects/${originRef}/functions`])
})

it('A fingerprint of the functions changes with a deployment and with a secret, and with nothing else', async () => {
  const config = await projects.config()
  const fingerprint = () => functions.fingerprint?.({ config, log: silentLog, signal })
  const first = await fingerprint()
  expect(await fingerprint()).toBe(first)
  projects.origin.secrets.set('MAIL_KEY', 'new')
  const second = await fingerprint()
  expect(second).not.toBe(first)
  putFunction(projects.origin, 'hello', { 'supabase/functions/hello/index.ts': 'changed' })
  expect(await fingerprint()).not.toBe(second)
})

describe('A drill of the functions', () => {
  it('restores into a stand-in of the Management API, and says what that proves', async () => {
    const { generation } = await projects.backUp('one')
    if (!functions.drill.provable) throw new Error('It cannot be drilled.')
    const config = await projects.config()
    const context = { ...offline, config, generation, manifest: {} as Manifest, project: {} }
    const standIn = await functions.drill.standIn?.(context)
    if (standIn === undefined) throw new Error('There is no stand-in.')
    try {
      expect(standIn.findings).toMatchObject([{ kind: 'drill-stand-in', severity: 'note' }])
      const target = { ...openTarget({ DB_URL: 'postgresql://x:y@127.0.0.1:9/z' }), ...standIn.project }
      const restored = await projects.restoreContext(generation, { target, disposable: true })
      const opened = await functions.openRestore(restored)
      const progress = { state: {}, note: async () => {}, inTransaction: '' }
      expect(await opened.restore(progress)).toMatchObject({ counts: { functionsDeployed: 3 }, findings: [] })
      expect(await opened.verify(progress, false)).toMatchObject({ ok: true, counts: { functionFiles: 8 } })
      await opened.close()
    } finally {
      await standIn.stop()
    }
  })

  it('takes the stand-in that another component has started', async () => {
    const { generation } = await projects.backUp('one')
    if (!functions.drill.provable) throw new Error('It cannot be drilled.')
    const management = { endpoint: { url: projects.api.url, token }, ref: originRef }
    const standIn = await functions.drill.standIn?.({
      ...{ ...offline, config: await projects.config(), generation, manifest: {} as Manifest },
      project: { management },
    })
    expect(standIn?.project).toEqual({})
  })
})

it('A comparison of two backups names the functions, files and secrets that changed', async () => {
  const { generation: before } = await projects.backUp('one')
  putFunction(projects.origin, 'new', { 'supabase/functions/new/index.ts': '' })
  projects.origin.functions.delete('editor')
  const hello = projects.origin.functions.get('hello')
  putFunction(
    projects.origin,
    'hello',
    Object.fromEntries([...(hello?.files ?? []), ['supabase/functions/hello/page.html', Buffer.from('x')]]),
    { verifyJwt: true, importMap: hello?.importMap },
  )
  projects.origin.secrets.set('MAIL_KEY', 'new')
  const { generation: after } = await projects.backUp('two')
  const changed = await functions.diff?.compare(before, after)
  expect(changed).toMatchObject({
    equal: false,
    document: {
      functions: [
        { change: 'removed', name: 'editor' },
        { change: 'changed', name: 'hello', what: ['supabase/functions/hello/page.html', 'verify_jwt'] },
        { change: 'added', name: 'new' },
      ],
      secrets: [{ change: 'changed', name: 'MAIL_KEY', what: ['value'] }],
    },
  })
  expect(await functions.diff?.compare(before, before)).toMatchObject({ equal: true })
})

it('A comparison of two backups says nothing of functions and secrets that one of them could not read, and that it does not', async () => {
  const { generation: before } = await projects.backUp('one')
  projects.api.faults.push({ path: '/hello/body', status: 404 }, { path: '/secrets', status: 403 })
  const { generation: after } = await projects.backUp('two')
  expect(await functions.diff?.compare(before, after)).toEqual({
    equal: false,
    document: { functions: [], secrets: [], notCompared: ['hello', 'the secrets'] },
    lines: ['Functions', '  not compared, as one of the two could not read it: hello, the secrets', ''],
  })
})

it('An export of the functions has their files as they are', async () => {
  const { generation } = await projects.backUp('one')
  const directory = join(projects.folder, 'export')
  await mkdir(directory)
  const context = { ...offline, generation, directory, config: await projects.config(), formats: ['sql'] }
  const exported = await functions.export?.({ ...context, manifest: {} as Manifest } as ExportContext)
  expect(exported).toMatchObject({ status: 'complete', metadata: { functions: 3, files: 8 } })
  const files = async (root: string) => {
    const folder = join(root, 'functions/sources')
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
    return Promise.all(paths.toSorted().map(async (path) => [relative(folder, path), await readFile(path)]))
  }
  expect(await files(directory)).toHaveLength(8)
  expect(await files(directory)).toEqual(await files(generation))
})

describe('The files of the functions', () => {
  it('are compared with the list of them', async () => {
    const { generation } = await projects.backUp('one')
    const check = () => functions.files.check?.({ ...offline, generation })
    expect(await check()).toEqual([])
    const path = 'functions/sources/editor/supabase/functions/editor/index.ts'
    await writeFile(join(generation, path), 'x')
    expect(await check()).toMatchObject([expect.stringContaining(path)])
  })
})

describe('RECOVERY.md of the functions', () => {
  it('names the secrets that have to be set, and says how to open those that are kept', async () => {
    const file = join(projects.folder, 'secrets.env')
    await writeFile(file, 'MAIL_KEY=canary-mail-value\nSTRIPE_KEY=canary-stripe-value\n', { mode: 0o600 })
    const values = { FUNCTION_SECRETS_FILE: file, KEEP_FUNCTION_SECRETS: 'true', BORG_PASSPHRASE: 'a phrase' }
    const { generation } = await projects.backUp('one', { values })
    const part = await functions.recovery?.({ generation, versions: {} })
    expect(part?.manual?.[0]).toContain('STRIPE_KEY, MAIL_KEY')
    const command = /openssl enc .*/.exec(part?.values?.['functionSecrets'] ?? '')?.[0] ?? ''
    const { code, stdout, stderr } = await runCommand('bash', ['-c', `${command} -pass env:PHRASE`], {
      cwd: generation,
      env: { PATH: process.env['PATH'], PHRASE: 'a phrase' },
    })
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(projects.origin.secrets))
  })

  it('says that the values are nowhere where they are not kept', async () => {
    const { generation } = await projects.backUp('one')
    const part = await functions.recovery?.({ generation, versions: {} })
    expect(part?.values?.['functionSecrets']).toContain('not in the backup')
    expect(await readFile(join(generation, 'functions/config.toml'), 'utf8')).toContain('[functions.editor]')
  })
})

it('A thousand functions are each asked for once, and none of them the next night', async () => {
  for (let index = 0; index < 997; index += 1)
    putFunction(projects.origin, `f${index}`, { 'index.ts': `${index}` }, { entrypoint: 'index.ts' })
  const first = await projects.backUp('one')
  expect(first.result.counts).toMatchObject({ functions: 1_000, functionsFetched: 1_000, requests: 1_004 })
  const second = await projects.backUp('two', { previous: first.generation })
  expect(second.result.counts).toMatchObject({ functionsReused: 1_000, functionsFetched: 0, requests: 3 })
})
