import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ComponentProgress, RestoreContext } from '../../../src/components/component.ts'
import { openFunctionsRestore } from '../../../src/functions/restore.ts'
import {
  type FunctionProjects,
  putFunction,
  putSampleFunctions,
  startFunctionProjects,
} from '../../helpers/functions.ts'

let projects: FunctionProjects
let generation: string
beforeEach(async () => {
  projects = await startFunctionProjects()
  putSampleFunctions(projects.origin)
  generation = (await projects.backUp('one')).generation
  projects.api.requests.length = 0
})
afterEach(() => projects.stop())

const progress: ComponentProgress = { state: {}, note: async () => {}, inTransaction: '' }

async function open(about: Partial<RestoreContext> = {}) {
  return openFunctionsRestore(await projects.restoreContext(generation, about))
}

async function restore(about: Partial<RestoreContext> = {}) {
  const opened = await open(about)
  const result = await (about.rollback ? opened.undo(progress) : opened.restore(progress))
  await opened.close()
  return result
}

async function verify(about: Partial<RestoreContext> = {}) {
  const opened = await open(about)
  const verification = await opened.verify(progress, false)
  await opened.close()
  return verification
}

const written = () => projects.api.requests.splice(0).filter((line) => !line.startsWith('GET'))

describe('A restore of the functions', () => {
  it('bundles several and makes them functions all at once, and a verification finds them equal', async () => {
    const result = await restore()
    expect(result).toMatchObject({ status: 'complete', counts: { functions: 3, functionsDeployed: 3 } })
    const path = `/v1/projects/${projects.target.ref}/functions`
    expect(written().sort()).toEqual([
      ...['editor', 'hello', 'send-mail'].map((slug) => `POST ${path}/deploy?slug=${slug}&bundleOnly=true`),
      `PUT ${path}`,
    ])
    const { origin, target } = projects
    for (const [slug, { files, verifyJwt, entrypoint, importMap, name }] of origin.functions)
      expect(target.functions.get(slug), slug).toMatchObject({
        files,
        verifyJwt,
        entrypoint,
        importMap,
        name,
      })
    expect(await verify()).toMatchObject({ ok: true, counts: { functions: 3, functionFiles: 8 } })
  })

  it('changes nothing at a target that has them already', async () => {
    await restore()
    projects.api.requests.length = 0
    expect(await restore()).toMatchObject({
      counts: { functions: 3, functionsDeployed: 0, functionsRemoved: 0 },
    })
    expect(written()).toEqual([])
  })

  it('deploys a single one directly, and removes what the backup does not have', async () => {
    await restore()
    putFunction(projects.target, 'hello', { 'supabase/functions/hello/index.ts': 'other' })
    putFunction(projects.target, 'only-here', { 'supabase/functions/only-here/index.ts': '' })
    written()
    expect(await restore()).toMatchObject({ counts: { functionsDeployed: 1, functionsRemoved: 1 } })
    const path = `/v1/projects/${projects.target.ref}/functions`
    expect(written()).toEqual([`POST ${path}/deploy?slug=hello`, `DELETE ${path}/only-here`])
    expect(await verify()).toMatchObject({ ok: true })
  })

  it('keeps what the backup does not have where that is asked for', async () => {
    putFunction(projects.target, 'only-here', { 'supabase/functions/only-here/index.ts': '' })
    const flags = { 'keep-extra': true }
    expect(await restore({ flags })).toMatchObject({ counts: { functionsRemoved: 0 } })
    expect(projects.target.functions.has('only-here')).toBe(true)
    expect(await verify({ flags })).toMatchObject({ ok: true })
  })

  it('asks the origin’s own project for no sources that it still has', async () => {
    const target = { ...(await projects.restoreContext(generation)).target }
    if (target.management) target.management = { ...target.management, ref: projects.origin.ref }
    expect(await restore({ target })).toMatchObject({ counts: { functionsDeployed: 0 } })
    expect(projects.api.requests.filter((line) => line.endsWith('/body'))).toEqual([])
  })

  it('names what the platform refuses, and deploys the others', async () => {
    projects.api.faults.push({
      method: 'POST',
      path: '/functions/deploy',
      status: 400,
      message: 'Bundling failed',
    })
    const result = await restore()
    expect(result).toMatchObject({
      status: 'degraded',
      counts: { functionsDeployed: 2, functionsNotDeployed: 1 },
    })
    expect(result.findings[0]?.names[0]).toContain('Bundling failed')
    const refused = result.findings[0]?.names[0]?.replace(/:.*/, '')
    expect(await verify()).toMatchObject({ ok: false })
    const opened = await open()
    const noted = { ...progress, state: { refused: [refused] } }
    expect(await opened.verify(noted, false)).toMatchObject({ ok: true, counts: { functions: 2 } })
    await opened.close()
  })

  it('takes one that somebody else removed meanwhile for removed', async () => {
    putFunction(projects.target, 'only-here', { 'supabase/functions/only-here/index.ts': '' })
    projects.api.faults.push({ method: 'DELETE', path: '/functions/only-here', status: 404 })
    expect(await restore()).toMatchObject({ status: 'complete', counts: { functionsRemoved: 1 } })
  })

  it('says that the plan allows no more of them', async () => {
    projects.api.faults.push({ method: 'POST', path: '/functions/deploy', status: 402, times: 9 })
    await expect(restore()).rejects.toMatchObject({ code: 'FUNCTIONS_LIMIT' })
  })

  it('is said not to have been made where there is no way to the target’s functions', async () => {
    const { target } = await projects.restoreContext(generation)
    const bare = { ...target, management: undefined }
    expect(await restore({ target: bare, wanted: ['database', 'functions'] })).toMatchObject({
      status: 'skipped',
      findings: [{ severity: 'manual', kind: 'functions-not-restored' }],
    })
    await expect(restore({ target: bare })).rejects.toMatchObject({ code: 'TARGET_INCOMPLETE' })
  })
})

describe('A verification of the functions finds', () => {
  beforeEach(async () => {
    await restore()
  })

  it.each([
    [
      'a changed file',
      () =>
        change('hello', {
          files: new Map([...filesOf('hello'), ['supabase/functions/_shared/greet.ts', Buffer.from('x')]]),
        }),
      { kind: 'function-file', name: 'hello: supabase/functions/_shared/greet.ts' },
    ],
    [
      'a file too many',
      () =>
        change('hello', {
          files: new Map([...filesOf('hello'), ['supabase/functions/hello/more.ts', Buffer.from('')]]),
        }),
      { kind: 'function-file', name: 'hello: supabase/functions/hello/more.ts', expected: null },
    ],
    [
      'another verify_jwt',
      () => change('hello', { verifyJwt: true }),
      { kind: 'function-setting', name: 'hello: verify_jwt' },
    ],
    [
      'another name',
      () => change('editor', { name: 'x' }),
      { kind: 'function-setting', name: 'editor: name' },
    ],
    [
      'a lost import map',
      () => change('hello', { importMap: undefined }),
      { kind: 'function-setting', name: 'hello: import_map_path' },
    ],
    [
      'a missing function',
      () => void projects.target.functions.delete('editor'),
      { kind: 'function-missing', name: 'editor' },
    ],
    [
      'a function too many',
      () => void putFunction(projects.target, 'more', { 'supabase/functions/more/index.ts': '' }),
      { kind: 'function-extra', name: 'more' },
    ],
  ])('%s', async (_what, breakIt, difference) => {
    breakIt()
    expect(await verify()).toMatchObject({
      ok: false,
      differences: [{ component: 'functions', ...difference }],
    })
  })

  const filesOf = (slug: string) => projects.target.functions.get(slug)?.files ?? new Map<string, Buffer>()
  function change(slug: string, about: object): void {
    const before = projects.target.functions.get(slug)
    if (before) projects.target.functions.set(slug, { ...before, ...about })
  }
})

it('A rollback brings the functions back as the target had them, and takes away what came since', async () => {
  putFunction(projects.target, 'own', { 'supabase/functions/own/index.ts': 'own' })
  const before = await projects.backUp('safety', { values: { SUPABASE_PROJECT_REF: projects.target.ref } })
  await restore()
  generation = before.generation
  expect(await restore({ rollback: true })).toMatchObject({
    counts: { functionsDeployed: 1, functionsRemoved: 3 },
  })
  expect([...projects.target.functions.keys()]).toEqual(['own'])
})

it('A function that the backup could not read is not removed from a target that has it, and is no difference', async () => {
  projects.api.faults.push({ path: '/hello/body', status: 404, times: 9 })
  generation = (await projects.backUp('without-hello')).generation
  projects.api.faults.length = 0
  for (const slug of ['hello', 'only-here'])
    putFunction(projects.target, slug, { [`supabase/functions/${slug}/index.ts`]: 'of the target' })
  const { counts, findings } = await restore()
  expect([...projects.target.functions.keys()].sort()).toEqual(['editor', 'hello', 'send-mail'])
  expect(counts).toMatchObject({ functionsRemoved: 1 })
  expect(findings).toContainEqual(expect.objectContaining({ kind: 'functions-left', names: ['hello'] }))
  const opened = await open()
  const progress = { state: {}, note: async () => {}, inTransaction: '' }
  expect(await opened.verify(progress, false)).toMatchObject({ ok: true, differences: [] })
  await opened.close()
})

it('A preview says what would become of the target’s functions, and changes nothing', async () => {
  putFunction(projects.target, 'hello', { 'supabase/functions/hello/index.ts': 'other' })
  putFunction(projects.target, 'only-here', { 'supabase/functions/only-here/index.ts': '' })
  const opened = await open()
  const { document, lines } = await opened.preview({ rows: {}, findings: [] })
  await opened.close()
  expect(document).toEqual({
    ...{ add: ['editor', 'send-mail'], replace: ['hello'], remove: ['only-here'], unchanged: 0, refused: [] },
    secrets: { set: [], unset: ['STRIPE_KEY', 'MAIL_KEY'], differing: [] },
  })
  expect(lines(1).join('\n')).toContain('new: editor and 1 more')
  expect(written()).toEqual([])
})

describe('After a restore the secrets', () => {
  it('that are not set or have another value are named as things to do by hand', async () => {
    projects.target.secrets.set('STRIPE_KEY', 'another')
    const { findings } = await restore()
    expect(findings).toMatchObject([
      { kind: 'secrets-unset', severity: 'manual', names: ['MAIL_KEY'] },
      { kind: 'secrets-differing', severity: 'manual', names: ['STRIPE_KEY'] },
    ])
    expect(projects.target.secrets.get('STRIPE_KEY')).toBe('another')
  })

  it('are set from the operator’s file where the target lacks them and the value is the backup’s', async () => {
    const file = join(projects.folder, 'secrets.env')
    await writeFile(file, "STRIPE_KEY=canary-stripe-value\nMAIL_KEY='canary-newer-value'\n", { mode: 0o600 })
    const config = await projects.config({ FUNCTION_SECRETS_FILE: file })
    const result = await restore({ config })
    expect([...projects.target.secrets]).toEqual([['STRIPE_KEY', 'canary-stripe-value']])
    expect(result).toMatchObject({ counts: { secretsSet: 1 }, findings: [{ names: ['MAIL_KEY'] }] })
    expect(JSON.stringify(result)).not.toContain('canary-')
  })

  describe('kept in the backup', () => {
    const kept = async (passphrase: string) => {
      const file = join(projects.folder, 'secrets.env')
      await writeFile(file, 'STRIPE_KEY=canary-stripe-value\nMAIL_KEY=canary-mail-value\n', { mode: 0o600 })
      const values = {
        FUNCTION_SECRETS_FILE: file,
        KEEP_FUNCTION_SECRETS: 'true',
        BORG_PASSPHRASE: 'phrase one',
      }
      generation = (await projects.backUp('with-values', { values })).generation
      await rm(file)
      return restore({ config: await projects.config({ BORG_PASSPHRASE: passphrase }) })
    }

    it('are set with the passphrase of the repository alone', async () => {
      expect(await kept('phrase one')).toMatchObject({ counts: { secretsSet: 2 }, findings: [] })
      expect(projects.target.secrets).toEqual(projects.origin.secrets)
    })

    it('stay closed to another passphrase, which is said', async () => {
      const { findings } = await kept('phrase two')
      expect(findings).toMatchObject([{ kind: 'secrets-unset', count: 2 }])
      expect(findings[0]?.message).toContain('passphrase')
      expect(projects.target.secrets.size).toBe(0)
    })
  })

  it('of a target for trials are not touched: they act on the world', async () => {
    const file = join(projects.folder, 'secrets.env')
    await writeFile(file, 'STRIPE_KEY=canary-stripe-value\n', { mode: 0o600 })
    const config = await projects.config({ FUNCTION_SECRETS_FILE: file })
    expect(await restore({ config, disposable: true })).toMatchObject({ findings: [] })
    expect(projects.target.secrets.size).toBe(0)
  })
})

it('A list of functions that was tampered with to lead elsewhere is refused', async () => {
  const index = join(generation, 'functions/index.json')
  await writeFile(
    index,
    (await readFile(index, 'utf8')).replace('"path": "data.bin"', '"path": "../../../x"'),
  )
  await expect(restore()).rejects.toMatchObject({ code: 'FUNCTIONS_INDEX_BROKEN' })
})
