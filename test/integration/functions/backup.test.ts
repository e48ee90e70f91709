import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readIndex, readSecretDigests } from '../../../src/functions/index-file.ts'
import { sha256Of } from '../../../src/functions/source.ts'
import {
  type FunctionProjects,
  putFunction,
  putSampleFunctions,
  startFunctionProjects,
} from '../../helpers/functions.ts'

let projects: FunctionProjects
beforeEach(async () => {
  projects = await startFunctionProjects()
  putSampleFunctions(projects.origin)
})
afterEach(() => projects.stop())

/** The functions whose sources were asked for since the last call. */
function asked(): string[] {
  return projects.api.requests
    .splice(0)
    .flatMap((line) => /\/functions\/([^/]+)\/body$/.exec(line)?.[1] ?? [])
}

const at = (generation: string, path: string) => join(generation, 'functions', path)
const failing = (path: string, status: number, times = 99) =>
  projects.api.faults.push({ path, status, times, headers: { 'retry-after': '0' } })

describe('A backup of the functions', () => {
  it('has every file of every function in a folder of its own, whatever others have under the same path', async () => {
    const { generation, result } = await projects.backUp('one')
    expect(result).toMatchObject({ status: 'complete', findings: [] })
    expect(result.counts).toMatchObject({ functions: 3, files: 8, secrets: 2, functionsFetched: 3 })
    const sources = at(generation, 'sources')
    expect(await readFile(join(sources, 'hello/supabase/functions/_shared/greet.ts'), 'utf8')).toContain(
      'ümlaut',
    )
    expect(await readFile(join(sources, 'send-mail/supabase/functions/_shared/greet.ts'), 'utf8')).toContain(
      'older',
    )
    expect(await readFile(join(sources, 'editor/supabase/functions/editor/data.bin'))).toEqual(
      Buffer.from([0, 13, 10, 45, 45, 255]),
    )
    const [editor, hello] = await readIndex(generation)
    expect(editor).toMatchObject({ entrypoint: 'index.ts', name: 'Made in the dashboard', verifyJwt: true })
    expect(hello).toMatchObject({ verifyJwt: false, importMap: 'supabase/functions/hello/deno.json' })
  })

  it('says in config.toml how each is run', async () => {
    const { generation } = await projects.backUp('one')
    expect(await readFile(at(generation, 'config.toml'), 'utf8')).toContain(
      [
        '[functions.hello]',
        'verify_jwt = false',
        'entrypoint = "./functions/hello/index.ts"',
        'import_map = "./functions/hello/deno.json"',
        'static_files = ["./functions/hello/page.html"]',
      ].join('\n'),
    )
  })

  it('asks for nothing unchanged twice: it is the same file as in the backup before', async () => {
    const first = await projects.backUp('one')
    expect(asked().sort()).toEqual(['editor', 'hello', 'send-mail'])
    putFunction(projects.origin, 'hello', { 'supabase/functions/hello/index.ts': 'changed\n' })
    const second = await projects.backUp('two', { previous: first.generation })
    expect(asked()).toEqual(['hello'])
    expect(second.result.counts).toMatchObject({ functions: 3, functionsFetched: 1, functionsReused: 2 })
    const path = 'sources/editor/supabase/functions/editor/index.ts'
    const [before, after] = [await stat(at(first.generation, path)), await stat(at(second.generation, path))]
    expect(after.ino).toBe(before.ino)
    const third = await projects.backUp('three', { previous: second.generation })
    expect(asked()).toEqual([])
    expect(await readFile(at(third.generation, 'index.json'), 'utf8')).toBe(
      await readFile(at(second.generation, 'index.json'), 'utf8'),
    )
  })

  it('reads a function anew whose copy in the backup before is damaged', async () => {
    const first = await projects.backUp('one')
    asked()
    await writeFile(at(first.generation, 'sources/editor/supabase/functions/editor/index.ts'), 'x'.repeat(37))
    const { generation } = await projects.backUp('two', { previous: first.generation })
    expect(asked()).toEqual(['editor'])
    const editor = (await readIndex(generation)).find(({ slug }) => slug === 'editor')
    const file = editor?.files.find(({ path }) => path === 'index.ts')
    expect(
      sha256Of(await readFile(at(generation, 'sources/editor/supabase/functions/editor/index.ts'))),
    ).toBe(file?.sha256)
  })

  it('reads one again that was deployed while it was made, and leaves out one that was deleted', async () => {
    const { origin, api } = projects
    const { get } = origin.functions
    let isFirst = true
    origin.functions.get = (slug: string) => {
      const found = get.call(origin.functions, slug)
      if (slug === 'hello' && isFirst) {
        isFirst = false
        origin.functions.delete('editor')
        putFunction(origin, 'hello', { 'supabase/functions/hello/index.ts': 'newer\n' })
      }
      return found
    }
    const { generation, result } = await projects.backUp('one')
    expect(result.status).toBe('complete')
    const names = (await readIndex(generation)).map(({ slug, listed }) => [slug, listed.version])
    expect(names).toEqual([
      ['hello', 2],
      ['send-mail', 1],
    ])
    expect(await readFile(at(generation, 'sources/hello/supabase/functions/hello/index.ts'), 'utf8')).toBe(
      'newer\n',
    )
    expect(result.findings).toMatchObject([
      { kind: 'functions-deleted', severity: 'note', names: ['editor'] },
    ])
    expect(await readdir(at(generation, 'sources'))).toEqual(['hello', 'send-mail'])
    expect(api.requests.length).toBeLessThan(12)
  })

  it('keeps fields that only a newer API has', async () => {
    const { origin, backUp } = projects
    putFunction(origin, 'hello', { 'supabase/functions/hello/index.ts': '' }, { added: { region: 'new' } })
    const { generation } = await backUp('one')
    const hello = (await readIndex(generation)).find(({ slug }) => slug === 'hello')
    expect(hello?.listed['region']).toBe('new')
  })
})

describe('Of the secrets a backup', () => {
  it('has the names and digests, and no value', async () => {
    const { generation } = await projects.backUp('one')
    expect(await readSecretDigests(generation)).toEqual([
      { name: 'STRIPE_KEY', sha256: sha256Of('canary-stripe-value') },
      { name: 'MAIL_KEY', sha256: sha256Of('canary-mail-value') },
    ])
    expect(await canariesIn(generation)).toEqual([])
  })

  it('keeps the right values of the operator’s file where that is asked for, encrypted, and names the others', async () => {
    const file = join(projects.folder, 'secrets.env')
    await writeFile(file, "STRIPE_KEY=canary-stripe-value\nMAIL_KEY='canary-older-value'\n", { mode: 0o600 })
    const values = { FUNCTION_SECRETS_FILE: file, KEEP_FUNCTION_SECRETS: 'true', BORG_PASSPHRASE: 'phrase' }
    const { generation, result } = await projects.backUp('one', { values })
    expect(result.findings).toMatchObject([
      { kind: 'secret-values-unknown', severity: 'manual', names: ['MAIL_KEY'] },
    ])
    expect(await readdir(join(generation, 'functions'))).toContain('secrets.enc')
    expect(await canariesIn(generation)).toEqual([])
  })

  it('refuses values where there is no passphrase to encrypt them with', async () => {
    const file = join(projects.folder, 'secrets.env')
    await writeFile(file, 'STRIPE_KEY=canary-stripe-value\n', { mode: 0o600 })
    const values = { FUNCTION_SECRETS_FILE: file, KEEP_FUNCTION_SECRETS: 'true' }
    await expect(
      projects.backUp('one', { values: { ...values, BORG_ENCRYPTION: 'none' } }),
    ).rejects.toMatchObject({
      code: 'CONFIG_CONFLICT',
    })
    await mkdir(join(projects.folder, 'more'))
    await expect(projects.backUp('two', { values })).rejects.toMatchObject({
      code: 'FUNCTION_SECRETS_UNENCRYPTED',
    })
  })

  it('refuses a file of values that every user of the machine can read', async () => {
    const file = join(projects.folder, 'secrets.env')
    await writeFile(file, 'STRIPE_KEY=x\n', { mode: 0o644 })
    await expect(projects.backUp('one', { values: { FUNCTION_SECRETS_FILE: file } })).rejects.toMatchObject({
      code: 'FUNCTION_SECRETS_UNREADABLE',
    })
  })

  it('has the values of the backup before as well where they are kept, also of a secret that is named like a member of every object', async () => {
    projects.origin.secrets.set('constructor', 'canary-constructor')
    const file = join(projects.folder, 'secrets.env')
    await writeFile(file, 'STRIPE_KEY=canary-stripe-value\n', { mode: 0o600 })
    const values = { FUNCTION_SECRETS_FILE: file, KEEP_FUNCTION_SECRETS: 'true', BORG_PASSPHRASE: 'phrase' }
    const first = await projects.backUp('one', { values })
    expect(first.result.findings[0]?.names).toEqual(['MAIL_KEY', 'constructor'])
    failing('/secrets', 403)
    const { generation } = await projects.backUp('two', { previous: first.generation, values })
    expect(await readFile(at(generation, 'secrets.enc'))).toEqual(
      await readFile(at(first.generation, 'secrets.enc')),
    )
  })

  it('has those of the backup before where the token may not list them, and is degraded', async () => {
    const first = await projects.backUp('one')
    failing('/secrets', 403)
    const { generation, result } = await projects.backUp('two', { previous: first.generation })
    expect(result.findings).toMatchObject([{ kind: 'secrets-unread', severity: 'degraded' }])
    expect(result.findings[0]?.message).toContain('edge_functions_secrets_read')
    expect(await readSecretDigests(generation)).toHaveLength(2)
  })
})

/** Files in which a value of a secret stands. */
async function canariesIn(generation: string): Promise<string[]> {
  const found: string[] = []
  for (const path of await readdir(generation, { recursive: true })) {
    const text = await readFile(join(generation, path), 'latin1').catch(() => '')
    if (text.includes('canary-')) found.push(path)
  }
  return found
}

describe('A fault of the API', () => {
  it('that is a cut or shortened body is cured by asking again', async () => {
    projects.api.faults.push({ path: '/hello/body', shortened: true }, { path: '/editor/body', cut: true })
    const { result } = await projects.backUp('one')
    expect(result).toMatchObject({ status: 'complete', counts: { retries: 2 } })
  })

  it('that asks to wait is waited for', async () => {
    projects.api.faults.push({ path: '/functions', status: 429, headers: { 'x-ratelimit-reset': '1' } })
    const { result } = await projects.backUp('one')
    expect(result).toMatchObject({ status: 'complete', counts: { retries: 1 } })
  })

  it('with one function leaves that one as it was in the backup before, said to be that', async () => {
    const first = await projects.backUp('one')
    putFunction(projects.origin, 'hello', { 'supabase/functions/hello/index.ts': 'changed\n' })
    failing('/hello/body', 404)
    const { generation, result } = await projects.backUp('two', { previous: first.generation })
    expect(result.findings).toMatchObject([{ kind: 'functions-unread', severity: 'degraded', count: 1 }])
    expect(result.findings[0]?.message).toContain('last good copy')
    const hello = (await readIndex(generation)).find(({ slug }) => slug === 'hello')
    expect(hello).toMatchObject({ stale: true, listed: { version: 1 } })
    expect(
      await readFile(at(generation, 'sources/hello/supabase/functions/hello/index.ts'), 'utf8'),
    ).toContain('greet')
    projects.api.faults.length = 0
    const third = await projects.backUp('three', { previous: generation })
    expect(third.result).toMatchObject({ status: 'complete', counts: { functionsFetched: 1 } })
  })

  it('that is a compressed body which cannot be read is cured by asking again, or named with its function', async () => {
    const broken = (path: string, encoding: string) =>
      projects.api.faults.push({ path, shortened: true, headers: { 'content-encoding': encoding } })
    broken('/hello/body', 'gzip')
    broken('/editor/body', 'zstd')
    const { generation, result } = await projects.backUp('one')
    expect(result.findings[0]?.names).toEqual(['editor: the platform gives its sources encoded as zstd'])
    expect((await readIndex(generation)).map(({ slug }) => slug)).toEqual(['hello', 'send-mail'])
  })

  it('that is a file without its path is named: the function is not backed up without it', async () => {
    putFunction(projects.origin, 'hello', { 'supabase/functions/hello/index.ts': '', '': 'whose?' })
    const { result } = await projects.backUp('one')
    expect(result.findings[0]?.names).toEqual(['hello: the platform gives a file of it without its path'])
  })

  it('with paths that lead out writes nothing outside, and names the function', async () => {
    putFunction(
      projects.origin,
      'hostile',
      { 'index.ts': '', '../../../../../../../escaped.ts': 'x' },
      { entrypoint: 'index.ts' },
    )
    const { generation, result } = await projects.backUp('one')
    expect(result.findings).toMatchObject([{ kind: 'functions-unread', severity: 'degraded' }])
    expect(result.findings[0]?.names[0]).toMatch(/^hostile: the path .* leads out/)
    expect(await readdir(at(generation, 'sources'))).toEqual(['editor', 'hello', 'send-mail'])
    expect((await readdir(projects.folder)).sort()).toEqual(['one', 'shop.env'])
  })

  it('with the token ends the backup, and says which right it needs', async () => {
    failing('/functions', 403)
    await expect(projects.backUp('one')).rejects.toMatchObject({
      code: 'API_TOKEN_TOO_WEAK',
      message: expect.stringContaining('edge_functions_read'),
    })
  })

  it('with every body ends the backup instead of trying a thousand functions', async () => {
    for (let index = 0; index < 50; index += 1)
      putFunction(projects.origin, `f${index}`, { 'index.ts': '' }, { entrypoint: 'index.ts' })
    failing('/body', 403, 1_000)
    await expect(projects.backUp('one')).rejects.toMatchObject({ code: 'API_TOKEN_TOO_WEAK' })
    expect(asked().length).toBeLessThan(10)
  })

  it('with a name that is none writes nothing under it', async () => {
    putFunction(projects.origin, '../../escaped', { 'index.ts': '' }, { entrypoint: 'index.ts' })
    const { result } = await projects.backUp('one')
    expect(result.findings[0]?.names).toEqual(['../../escaped: its name is none that a function may have'])
    expect((await readdir(projects.folder)).sort()).toEqual(['one', 'shop.env'])
  })
})
