import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { BackupError, ExitCode } from '../common/errors.ts'
import { readPlainBytes } from '../common/files.ts'
import type { FunctionsApi } from './api.ts'
import { NoSources, NotDeployable } from './errors.ts'
import { deployInto, removeFrom, requirePlace } from './folder-deploy.ts'
import { cliFolder, entryIn, filesBelow, isSource, routerSlug } from './folder-files.ts'
import { type FolderPlan, placesOf, planFolder } from './folder-plan.ts'
import type { FunctionSource } from './index-file.ts'
import { slugPattern } from './layout.ts'
import type { ListedFunction } from './listed.ts'
import type { Part } from './multipart.ts'
import { sha256Of } from './source.ts'

/** What names an import map in a function's own folder, the first that is there. */
const importMapNames = ['deno.json', 'deno.jsonc', 'import_map.json']

/**
 * The functions of a self-hosted stack, which are files: each folder with an `index.ts` is one, and what else lies beside them is
 * shared by all.
 * @param directory an absolute path: `volumes/functions` of the stack
 */
export function openFunctionsFolder(directory: string): FunctionsApi {
  // Empty until a restore says what it is about to bring.
  let plan: FolderPlan | undefined
  const needs = new Map<string, ReadonlySet<string>>()
  const neededBy = (slug: string) => plan && (needs.get(slug) ?? new Set<string>())
  // Two at once could write the same shared file.
  const oneByOne = pLimit(1)
  return {
    sharesFiles: true,
    async plan(sources) {
      plan = await planInto(directory, sources)
      for (const source of sources)
        if (!plan.refused.has(source.slug)) needs.set(source.slug, namesAbove(placesOf(source).keys()))
      return plan
    },
    async requireAwake() {
      await entriesOf(directory)
    },
    async list() {
      const { slugs } = await entriesOf(directory)
      return Promise.all(slugs.map((slug) => listedOf(directory, slug, neededBy(slug))))
    },
    async body(slug) {
      const { parts, entrypoint } = await readOne(directory, slug, neededBy(slug))
      return { parts, entrypoint }
    },
    deploy: (source, files) =>
      oneByOne(async () => {
        await deployInto({ directory, source, files, claims: plan?.claims ?? new Map() })
        return listedOf(directory, source.slug, neededBy(source.slug))
      }),
    async publish() {},
    remove: (slug) => removeFrom(directory, slug, plan?.claims ?? new Map()),
    // They are variables of its container, in the stack's own configuration.
    secrets: async () => [],
    async setSecrets() {},
    counts: { requests: 0, retries: 0 },
    async close() {},
  }
}

/** What fits together, and then what of it the folder takes as it is: one that it does not take makes room for others. */
async function planInto(directory: string, sources: readonly FunctionSource[]): Promise<FolderPlan> {
  const blocked = new Map<string, string>()
  for (;;) {
    const plan = planFolder(sources, blocked)
    const before = blocked.size
    for (const source of sources)
      if (!plan.refused.has(source.slug))
        try {
          await requirePlace(directory, source.slug, placesOf(source).keys())
        } catch (error) {
          if (!(error instanceof NotDeployable)) throw error
          blocked.set(source.slug, error.message)
        }
    if (blocked.size === before) return plan
  }
}

/** The first of each path. */
function namesAbove(paths: Iterable<string>): Set<string> {
  return new Set([...paths].map((path) => path.replace(/\/.*/, '')))
}

/** The functions, and the names of what lies beside them. @throws BackupError FUNCTIONS_DIR_UNREADABLE */
async function entriesOf(directory: string): Promise<{ slugs: string[]; beside: string[] }> {
  try {
    const names = (await readdir(directory)).filter(isSource).sort()
    const slugs: string[] = []
    for (const name of names)
      if (slugPattern.test(name) && (await entryIn(join(directory, name))) !== undefined) slugs.push(name)
    return { slugs, beside: names.filter((name) => !slugs.includes(name)) }
  } catch (error) {
    throw new BackupError({
      code: 'FUNCTIONS_DIR_UNREADABLE',
      message: `The folder of the functions, ${directory}, cannot be read.`,
      detail: error instanceof Error ? error.message : String(error),
      suggestion:
        'SUPABASE_FUNCTIONS_DIR (of a target TEST_SUPABASE_FUNCTIONS_DIR) names the folder volumes/functions of the self-hosted stack: check the path, and that the user of the runs may read it.',
      phase: 'functions/folder',
      exitCode: ExitCode.configuration,
      cause: error,
    })
  }
}

/** As the Management API would tell of it: the version changes with every byte. */
async function listedOf(
  directory: string,
  slug: string,
  needed: ReadonlySet<string> | undefined,
): Promise<ListedFunction> {
  const known = { id: slug, slug, name: slug, status: 'ACTIVE', ...(slug === routerSlug && { router: true }) }
  const read = await readOne(directory, slug, needed).catch((error: unknown) => {
    // What is the matter with it is said where its sources are asked for.
    if (error instanceof NoSources) return undefined
    throw error
  })
  if (read === undefined) return { ...known, version: 0 }
  const bundle = sha256Of(JSON.stringify(read.parts.map(({ path, content }) => [path, sha256Of(content)])))
  const importMap = importMapNames
    .map((name) => `${cliFolder}/${slug}/${name}`)
    .find((path) => read.parts.some((part) => part.path === path))
  return {
    ...{ ...known, updated_at: read.modified, entrypoint_path: read.entrypoint },
    ...{ version: Number.parseInt(bundle.slice(0, 12), 16), ezbr_sha256: bundle },
    ...(importMap !== undefined && { import_map: true, import_map_path: importMap }),
  }
}

/**
 * A function's own files, those that all share, and those of other functions whose folders any of these name.
 * @param needed where it is read to be compared: what of the folder the backup's function has files in. What else is beside it may
 *   be unreadable then, as a link is
 * @throws NoSources where it is gone, or has something that is no plain file
 */
async function readOne(
  directory: string,
  slug: string,
  needed: ReadonlySet<string> | undefined,
): Promise<{ parts: Part[]; entrypoint: string; modified: number }> {
  const { slugs, beside } = await entriesOf(directory)
  const entry = slugs.includes(slug) ? await entryIn(join(directory, slug)) : undefined
  if (entry === undefined) throw new NoSources('there is no such function any more')
  const parts: Part[] = []
  let modified = 0
  const wanted = new Set([slug, ...beside, ...(needed ?? [])])
  for (const name of wanted) {
    const files = await filesBelow(directory, name).catch((error: unknown) => {
      const isOdd =
        error instanceof NoSources || (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      if (needed !== undefined && name !== slug && isOdd) return []
      throw error
    })
    for (const found of files) {
      const content = await readPlainBytes(found.file)
      parts.push({ name: 'file', path: found.path, content })
      modified = Math.max(modified, found.modified)
      for (const other of namedIn(content)) if (slugs.includes(other)) wanted.add(other)
    }
  }
  return { parts, entrypoint: `${cliFolder}/${slug}/${entry}`, modified }
}

/** The folders beside its own that a file imports from, e.g. `hello` of `import '../hello/texts.ts'`. */
function namedIn(content: Buffer): string[] {
  return [...content.toString('latin1').matchAll(/\.\.\/([A-Za-z0-9_-]+)\//g)].map(([, name = '']) => name)
}
