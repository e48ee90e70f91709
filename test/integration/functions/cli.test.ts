import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ComponentProgress } from '../../../src/components/component.ts'
import { readIndex } from '../../../src/functions/index-file.ts'
import { openFunctionsRestore } from '../../../src/functions/restore.ts'
import { type FunctionProjects, startFunctionProjects, token } from '../../helpers/functions.ts'
import { runSupabaseCli } from '../../helpers/supabase-cli.ts'

let projects: FunctionProjects
beforeEach(async () => {
  projects = await startFunctionProjects()
})
afterEach(() => projects.stop())

const sources = {
  'supabase/functions/hello/index.ts':
    "import { greet } from '../_shared/greet.ts'\nDeno.serve(() => new Response(greet()))\n",
  'supabase/functions/hello/deno.json': '{"imports":{}}\n',
  'supabase/functions/hello/page.html': '<p>hello</p>\n',
  'supabase/functions/_shared/greet.ts': "export const greet = () => 'hello ümlaut'\n",
  'supabase/functions/send-mail/index.ts':
    "import { greet } from '../_shared/greet.ts'\nconsole.log(greet())\n",
}
const config = `project_id = "x"
[functions.hello]
verify_jwt = false
import_map = "./functions/hello/deno.json"
static_files = ["./functions/hello/*.html"]
`

const cli = (ref: string, cwd: string, ...args: string[]) =>
  runSupabaseCli({
    url: projects.api.url,
    token,
    home: projects.folder,
    cwd,
    args: [...args, `--remote=${ref}`],
  })

/** Everything below a folder's `supabase/functions`, by path. */
async function filesBelow(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const root = join(folder, 'supabase/functions')
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name)
      files[path.slice(folder.length + 1)] = await readFile(path, 'utf8')
    }
  return files
}

/** What the CLI downloads of one function, in a folder of its own. */
async function download(ref: string, slug: string): Promise<Record<string, string>> {
  const folder = join(projects.folder, `download-${ref}-${slug}`)
  await mkdir(join(folder, 'supabase'), { recursive: true })
  await cli(ref, folder, 'functions', 'download', slug, '--use-api')
  return filesBelow(folder)
}

async function deployByCli(): Promise<void> {
  const folder = join(projects.folder, 'project')
  for (const [path, text] of Object.entries(sources)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await writeFile(join(folder, 'supabase/config.toml'), config)
  await cli(projects.origin.ref, folder, 'functions', 'deploy', '--use-api')
  await cli(projects.origin.ref, folder, 'secrets', 'set', 'KEY=value')
  await rm(folder, { recursive: true })
}

it('What the platform’s own CLI deploys, lists and downloads is what a backup has and a restore deploys', async () => {
  await deployByCli()
  const { origin, target } = projects
  const { generation } = await projects.backUp('one')

  const listed = JSON.parse(await cli(origin.ref, projects.folder, 'functions', 'list', '-o', 'json'))
  const index = await readIndex(generation)
  expect(index.map((source) => source.listed)).toEqual(
    listed.sort((a: { slug: string }, b: { slug: string }) => (a.slug < b.slug ? -1 : 1)),
  )
  for (const { slug } of index)
    expect(await filesBelow(join(generation, 'functions/sources', slug)), slug).toEqual(
      await download(origin.ref, slug),
    )
  expect(Object.keys(await download(origin.ref, 'hello'))).toHaveLength(4)

  const opened = await openFunctionsRestore(await projects.restoreContext(generation))
  const progress: ComponentProgress = { state: {}, note: async () => {}, inTransaction: '' }
  const result = await opened.restore(progress)
  await opened.close()
  expect(result.findings).toMatchObject([{ kind: 'secrets-unset', names: ['KEY'] }])
  for (const { slug } of index)
    expect(await download(target.ref, slug), slug).toEqual(await download(origin.ref, slug))
  expect(target.functions.get('hello')?.verifyJwt).toBe(false)
})

it('By hand, with the CLI and what the backup has for it, the functions come back the same', async () => {
  await deployByCli()
  const { origin, target } = projects
  const { generation } = await projects.backUp('one')
  const copy = join(projects.folder, 'by-hand')
  await cp(join(generation, 'functions'), copy, { recursive: true })
  for (const slug of await readdir(join(copy, 'sources'))) {
    const folder = join(copy, 'sources', slug)
    await cp(join(copy, 'config.toml'), join(folder, 'supabase/config.toml'))
    await cli(target.ref, folder, 'functions', 'deploy', slug, '--use-api')
  }
  for (const [slug, { files, verifyJwt, importMap, entrypoint }] of origin.functions) {
    const sorted = (of: ReadonlyMap<string, Buffer>) => Object.fromEntries([...of].sort())
    const there = target.functions.get(slug)
    expect(there, slug).toMatchObject({ verifyJwt, importMap, entrypoint })
    expect(sorted(there?.files ?? new Map()), slug).toEqual(sorted(files))
  }
})
