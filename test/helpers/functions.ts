import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ComponentResult } from '../../src/common/findings.ts'
import { silentLog } from '../../src/common/log.ts'
import type { Manifest } from '../../src/common/manifest.ts'
import type { BackupContext, RestoreContext } from '../../src/components/component.ts'
import type { Config } from '../../src/config/config.ts'
import { loadConfig, loadProject } from '../../src/config/load.ts'
import { functions } from '../../src/functions/component.ts'
import { openTarget } from '../../src/project/project.ts'
import type { DeployedFunction, ProjectState } from '../../src/standin/management-api/project-state.ts'
import { type ManagementApi, startManagementApi } from '../../src/standin/management-api/server.ts'

export const token = `sbp_${'0123456789'.repeat(4)}`
export const originRef = 'abcdefghijklmnopqrst'
const targetRef = 'targettargettargettt'

/** Two projects with functions, of which one is backed up and the other restored to. */
export interface FunctionProjects {
  api: ManagementApi
  origin: ProjectState
  target: ProjectState
  folder: string
  /** The configuration of the origin, with more variables. */
  config(values?: Record<string, string>): Promise<Config>
  /** Backs up into `folder/NAME`. */
  backUp(
    name: string,
    options?: { previous?: string; values?: Record<string, string> },
  ): Promise<{ generation: string; result: ComponentResult }>
  /** Of a restore of a generation over the target. */
  restoreContext(generation: string, about?: Partial<RestoreContext>): Promise<RestoreContext>
  stop(): Promise<void>
}

export async function startFunctionProjects(): Promise<FunctionProjects> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-functions-'))
  const api = await startManagementApi({ token })
  const origin = await api.add({ ref: originRef })
  const target = await api.add({ ref: targetRef })
  const envFile = join(folder, 'shop.env')
  await writeFile(envFile, '', { mode: 0o600 })
  const config = async (values: Record<string, string> = {}) => {
    const environment = {
      ...{ HOME: folder, SUPABASE_PROJECT_REF: originRef, SUPABASE_ACCESS_TOKEN: token },
      ...{ SUPABASE_API_URL: api.url, ...values },
    }
    return loadConfig((await loadProject({ envFile, environment, needed: [] })).values)
  }
  const { signal } = new AbortController()
  return {
    ...{ api, origin, target, folder, config },
    async backUp(name, { previous, values } = {}) {
      const generation = join(folder, name)
      await mkdir(generation)
      const context: BackupContext = {
        ...{ config: await config(values), log: silentLog, signal, generation, previous },
        ...{ salvage: [], flags: {}, isInSnapshot: false, fillSnapshot: async () => [], known: [] },
      }
      return { generation, result: (await functions.backup(context)).result }
    },
    async restoreContext(generation, about = {}) {
      const settings = { PROJECT_REF: targetRef, ACCESS_TOKEN: token, API_URL: api.url }
      return {
        ...{ config: await config(), log: silentLog, signal, generation, flags: {} },
        manifest: {} as Manifest,
        ...{ wanted: ['functions'], target: openTarget(settings) },
        ...{ arm: false, rollback: false, disposable: false, ...about },
      }
    },
    async stop() {
      await api.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Gives a project a function with these files, as a deployment would. */
export function putFunction(
  project: ProjectState,
  slug: string,
  files: Record<string, string | Buffer>,
  about: Partial<DeployedFunction> = {},
): DeployedFunction {
  const before = project.functions.get(slug)
  const made: DeployedFunction = {
    ...{ id: before?.id ?? randomUUID(), slug, name: slug, version: (before?.version ?? 0) + 1 },
    ...{ createdAt: 1_700_000_000_000, updatedAt: 1_700_000_000_000, verifyJwt: true },
    entrypoint: `supabase/functions/${slug}/index.ts`,
    importMap: undefined,
    files: new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
    sha256: createHash('sha256').update(JSON.stringify(files)).digest('hex'),
    ...about,
  }
  project.functions.set(slug, made)
  return made
}

/** Three functions with files that they share under one path, in two versions, import maps, a static file, and secrets. */
export function putSampleFunctions(project: ProjectState): void {
  const entry = (slug: string, text: string) => ({ [`supabase/functions/${slug}/index.ts`]: text })
  putFunction(
    project,
    'hello',
    {
      ...entry(
        'hello',
        "import { greet } from '../_shared/greet.ts'\nDeno.serve(() => new Response(greet()))\n",
      ),
      'supabase/functions/_shared/greet.ts': "export const greet = () => 'hello ümlaut'\n",
      'supabase/functions/hello/deno.json': '{"imports":{}}\n',
      'supabase/functions/hello/page.html': '<p>hello</p>\n',
    },
    { importMap: 'supabase/functions/hello/deno.json', verifyJwt: false },
  )
  putFunction(project, 'send-mail', {
    ...entry('send-mail', "import { greet } from '../_shared/greet.ts'\nconsole.log(greet())\n"),
    'supabase/functions/_shared/greet.ts': "export const greet = () => 'an older hello'\n",
  })
  putFunction(
    project,
    'editor',
    {
      'index.ts': 'Deno.serve(() => new Response(null))\n',
      'data.bin': Buffer.from([0, 13, 10, 45, 45, 255]),
    },
    { entrypoint: 'index.ts', name: 'Made in the dashboard' },
  )
  project.secrets.set('STRIPE_KEY', 'canary-stripe-value')
  project.secrets.set('MAIL_KEY', 'canary-mail-value')
}
