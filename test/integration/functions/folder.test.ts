import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ComponentProgress, RestoreContext } from '../../../src/components/component.ts'
import { checkFunctions } from '../../../src/functions/preflight.ts'
import { openFunctionsRestore } from '../../../src/functions/restore.ts'
import { openTarget } from '../../../src/project/project.ts'
import { refuseOrigin } from '../../../src/project/refuse-origin.ts'
import {
  type FunctionProjects,
  putFunction,
  putSampleFunctions,
  startFunctionProjects,
} from '../../helpers/functions.ts'

const progress: ComponentProgress = { state: {}, note: async () => {}, inTransaction: '' }
const router = { 'main/index.ts': 'EdgeRuntime.userWorkers.create()\n' }
const stack = {
  ...router,
  '.env': 'KEY=canary-of-the-stack\n',
  'import_map.json': '{"imports":{}}\n',
  '_shared/greet.ts': "export const greet = () => 'hello'\n",
  'hello/index.ts': "import { greet } from '../_shared/greet.ts'\nDeno.serve(() => new Response(greet()))\n",
  'hello/deno.json': '{}\n',
  'hello/pages/one.html': '<p>one</p>\n',
  'mail/index.ts': "import { text } from '../texts/text.ts'\nconsole.log(text)\n",
  'texts/index.ts': 'Deno.serve(() => new Response(null))\n',
  'texts/text.ts': "export const text = 'a'\n",
}

let projects: FunctionProjects
let from: string
let to: string
beforeEach(async () => {
  projects = await startFunctionProjects()
  ;[from, to] = [join(projects.folder, 'from'), join(projects.folder, 'to')]
  await put(from, stack)
  await put(to, { ...router, 'extra/index.ts': '0\n', 'extra/.env': 'KEY=canary-of-the-target\n' })
})
afterEach(() => projects.stop())

async function put(folder: string, files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')])
  return Object.fromEntries(await Promise.all(texts))
}

const ofStack = { SUPABASE_PROJECT_REF: '', SUPABASE_ACCESS_TOKEN: '' }
const backUp = (name: string, previous?: string) =>
  projects.backUp(name, {
    ...(previous !== undefined && { previous }),
    values: { ...ofStack, SUPABASE_FUNCTIONS_DIR: from },
  })

/** Into the folder `to`, or with none into the hosted target. */
async function restore(generation: string, about: Partial<RestoreContext> = {}) {
  const context = await projects.restoreContext(generation, about)
  const opened = await openFunctionsRestore(context)
  const noted = noting()
  const preview = await opened.preview({ rows: {}, findings: [] })
  const [result, verification] = [await opened.restore(noted), await opened.verify(noted, false)]
  await opened.close()
  return { preview, result, verification }
}

/** Keeps what a restore notes for the comparison after it. */
function noting(): ComponentProgress {
  let state: ComponentProgress['state'] = {}
  return {
    inTransaction: '',
    get state() {
      return state
    },
    async note(more) {
      state = { ...state, ...more }
    },
  }
}
const intoFolder = () => ({
  target: openTarget({ DB_URL: 'postgresql://postgres:x@127.0.0.1:1/postgres', FUNCTIONS_DIR: to }),
})

describe('The functions of a self-hosted stack', () => {
  it('are backed up from its folder with what they share, and without files of secrets', async () => {
    const { generation, result } = await backUp('one')
    expect(result).toMatchObject({ status: 'complete', counts: { functions: 4, functionsFetched: 4 } })
    const files = await contents(join(generation, 'functions/sources'))
    for (const [path, text] of Object.entries(stack).filter(([path]) =>
      /^(hello|_shared|import_map)/.test(path),
    ))
      expect(files[`hello/supabase/functions/${path}`], path).toBe(text)
    expect(files['mail/supabase/functions/texts/text.ts']).toBe(stack['texts/text.ts'])
    expect(JSON.stringify(files)).not.toContain('canary')
    await writeFile(join(from, 'hello/deno.json'), '{"a":1}\n')
    const { result: again } = await backUp('two', generation)
    expect(again.counts).toMatchObject({ functionsFetched: 1, functionsReused: 3 })
  })

  it('come back into the folder of another, where the router and files of secrets stay, and are compared', async () => {
    const { generation } = await backUp('one')
    const { result, verification } = await restore(generation, intoFolder())
    expect(result).toMatchObject({
      status: 'complete',
      counts: { functionsDeployed: 4, functionsRemoved: 1 },
    })
    expect(verification).toMatchObject({ ok: true, counts: { functions: 4 } })
    const { '.env': _secrets, ...sources } = stack
    expect(await contents(to)).toEqual({ ...sources, 'extra/.env': 'KEY=canary-of-the-target\n' })
    expect((await stat(join(to, 'hello/pages/one.html'))).mode & 0o777).toBe(0o644)
    expect((await stat(join(to, 'hello/pages'))).mode & 0o777).toBe(0o755)

    await put(to, { 'hello/pages/one.html': 'other', '_shared/unused.ts': '0\n' })
    const opened = await openFunctionsRestore(await projects.restoreContext(generation, intoFolder()))
    expect((await opened.verify(progress, false))?.differences).toMatchObject([
      { kind: 'function-file', name: 'hello: supabase/functions/hello/pages/one.html' },
    ])
  })

  it('go to a hosted project without the function that starts them', async () => {
    const { generation } = await backUp('one')
    const { verification } = await restore(generation)
    expect(verification).toMatchObject({ ok: true, counts: { functions: 3 } })
    expect([...projects.target.functions.keys()].sort()).toEqual(['hello', 'mail', 'texts'])
  })

  it('take those of a hosted project, and name what a stack cannot have', async () => {
    putSampleFunctions(projects.origin)
    const { generation } = await projects.backUp('hosted')
    const { preview, result, verification } = await restore(generation, intoFolder())
    expect(result).toMatchObject({
      status: 'degraded',
      counts: { functions: 2, functionsDeployed: 2, functionsNotDeployed: 1 },
    })
    const refused = expect.stringMatching(
      /^send-mail: .*_shared\/greet\.ts is one for all, and hello has it with other contents$/,
    )
    expect(result.findings).toMatchObject([
      {
        ...{ kind: 'functions-refused', severity: 'degraded', names: [refused] },
        message: expect.stringContaining('restore.sh --export DIR'),
      },
      { kind: 'secrets-unset', names: ['STRIPE_KEY', 'MAIL_KEY'] },
      { kind: 'functions-verify-jwt', names: ['hello'] },
    ])
    expect(verification).toMatchObject({ ok: true, counts: { functions: 2 } })
    expect(preview.document).toMatchObject({ add: ['editor', 'hello'], refused: [refused] })
    expect(preview.lines(5)).toContainEqual(expect.stringContaining('cannot be deployed there: send-mail: '))
    expect(await readFile(join(to, 'editor/index.ts'), 'utf8')).toContain('Deno.serve')
    const before = await contents(to)
    const again = await restore(generation, intoFolder())
    expect(again.result).toMatchObject({ status: 'degraded', counts: { functionsDeployed: 0 } })
    expect(again.result.findings[0]).toEqual(result.findings[0])
    expect(again.verification).toMatchObject({ ok: true })
    expect(await contents(to)).toEqual(before)
  })

  it('keep what one of them needs of another’s folder, in the version of the other', async () => {
    const path = (rest: string) => `supabase/functions/${rest}`
    const { origin } = projects
    putFunction(origin, 'a', {
      [path('a/index.ts')]: '1',
      [path('b/extra.ts')]: '2',
      [path('gone/index.ts')]: '3',
    })
    putFunction(origin, 'b', { [path('b/index.ts')]: '4' })
    putFunction(origin, 'c', { [path('c/index.ts')]: '5', [path('b/index.ts')]: 'old' })
    putFunction(origin, 'd', { [path('d/index.ts')]: '6', [path('b/extra.ts/more.ts')]: '7' })
    const { generation } = await projects.backUp('hosted')
    await put(to, { 'gone/index.ts': 'other', 'gone/more.ts': 'other' })
    for (const functionsDeployed of [2, 0]) {
      const { result, verification } = await restore(generation, intoFolder())
      expect(result.counts).toMatchObject({ functionsDeployed, functionsNotDeployed: 2 })
      expect(result.findings[0]?.names).toEqual([
        expect.stringContaining('c: b/index.ts is one for all, and b has it with other contents'),
        expect.stringContaining('d: b/extra.ts is one for all, and a has it with other contents'),
      ])
      expect(verification).toMatchObject({ ok: true, differences: [] })
    }
    expect(await contents(to)).toMatchObject({ 'b/index.ts': '4', 'b/extra.ts': '2', 'gone/index.ts': '3' })
  })

  it('are deployed beside a link at the target that they do not use, and named where one is in their place', async () => {
    const { generation } = await backUp('one')
    await symlink('/etc', join(to, 'unused'))
    await mkdir(join(to, 'mail'))
    await symlink('/etc/hostname', join(to, 'mail/link'))
    await put(to, { 'texts/text.ts/a.ts': '' })
    for (const functionsDeployed of [2, 0]) {
      const { result, verification } = await restore(generation, intoFolder())
      expect(result.findings[0]?.names).toEqual([
        expect.stringMatching(/^mail: texts\/text.ts is there, and is no file/),
        expect.stringMatching(/^texts: texts\/text.ts is there, and is no file/),
      ])
      expect(result.counts).toMatchObject({ functionsDeployed })
      expect(verification).toMatchObject({ ok: true })
    }
  })

  it('are named where a link is among them, and nothing is written through one', async () => {
    const { generation } = await backUp('one')
    await symlink('/etc/hostname', join(from, 'mail/link'))
    const { result } = await backUp('two', generation)
    expect(result.findings).toMatchObject([
      { kind: 'functions-unread', names: [expect.stringContaining('mail/link is neither')] },
    ])
    await mkdir(join(projects.folder, 'elsewhere'))
    await symlink(join(projects.folder, 'elsewhere'), join(to, '_shared'))
    await restore(generation, intoFolder())
    expect(await readdir(join(projects.folder, 'elsewhere'))).toEqual([])
  })

  it('are refused where the folder is not there, or is the origin’s own', async () => {
    const config = await projects.config({ ...ofStack, SUPABASE_FUNCTIONS_DIR: join(from, 'gone') })
    expect(await checkFunctions({ config })).toMatchObject([
      { status: 'FAIL', subject: 'functions', remedy: expect.stringContaining('SUPABASE_FUNCTIONS_DIR') },
    ])
    expect(() => refuseOrigin({ FUNCTIONS_DIR: join(from, 'gone') }, config)).toThrow(
      expect.objectContaining({ code: 'TARGET_IS_SOURCE' }),
    )
  })
})
