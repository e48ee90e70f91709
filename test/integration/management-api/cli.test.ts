import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ManagementApi, startManagementApi } from '../../../src/standin/management-api/server.ts'
import { runSupabaseCli } from '../../helpers/supabase-cli.ts'

const token = `sbp_${'0123456789'.repeat(4)}`
const ref = 'abcdefghijklmnopqrst'

let api: ManagementApi
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-cli-'))
  api = await startManagementApi({ token })
  await api.add({ ref })
})
afterEach(async () => {
  await api.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs the platform's own CLI against the stand-in. */
function cli(...args: string[]): Promise<string> {
  return runSupabaseCli({ url: api.url, token, home: folder, args })
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}

test('the platform’s CLI lists the project, and sets and lists secrets', async () => {
  expect(JSON.parse(await cli('projects', 'list', '-o', 'json'))).toMatchObject([{ id: ref }])
  await cli('secrets', 'set', 'KEY=value', `--remote=${ref}`)
  expect(api.projects.get(ref)?.secrets.get('KEY')).toBe('value')
  expect(await cli('secrets', 'list', `--remote=${ref}`)).toContain('KEY')
})

test('what the platform’s CLI deploys, it downloads again as it was', async () => {
  const files = {
    'supabase/functions/hello/index.ts':
      "import { greet } from '../_shared/greet.ts'\nDeno.serve(() => new Response(greet()))\n",
    'supabase/functions/hello/deno.json': '{"imports":{}}\n',
    'supabase/functions/_shared/greet.ts': "export const greet = () => 'hello ümlaut'\n",
  }
  for (const [path, text] of Object.entries(files)) await put(path, text)
  await put(
    'supabase/config.toml',
    'project_id = "x"\n[functions.hello]\nverify_jwt = false\nimport_map = "./functions/hello/deno.json"\n',
  )
  await cli('functions', 'deploy', 'hello', '--use-api', `--remote=${ref}`)
  expect(api.projects.get(ref)?.functions.get('hello')).toMatchObject({ verifyJwt: false, version: 1 })
  expect(JSON.parse(await cli('functions', 'list', `--remote=${ref}`, '-o', 'json'))).toMatchObject([
    { slug: 'hello' },
  ])
  await rm(join(folder, 'supabase/functions'), { recursive: true })
  await cli('functions', 'download', 'hello', '--use-api', `--remote=${ref}`)
  for (const [path, text] of Object.entries(files))
    expect(await readFile(join(folder, path), 'utf8'), path).toBe(text)
})
