import type { ComponentDifference } from '../components/component.ts'
import { cliFolder } from './folder-files.ts'
import type { FunctionSource } from './index-file.ts'
import { projectPathOf } from './layout.ts'

const component = 'functions'

/** In what a function at the target is not as the backup has it: its files by their hashes, and how it is run. */
export function compareFunction(expected: FunctionSource, actual: FunctionSource): ComponentDifference[] {
  return [...compareFiles(expected, actual), ...compareSettings(expected, actual)]
}

/**
 * The same for a folder of functions: how each is run is not told there, and what it does not use of the shared files is no difference.
 * @param claims the files that functions of the backup need, by their path in the folder: one in its own may be there for another
 */
export function compareInFolder(
  expected: FunctionSource,
  actual: FunctionSource,
  claims: ReadonlyMap<string, unknown>,
): ComponentDifference[] {
  const files = expected.files.map((file) => ({ ...file, path: projectPathOf(expected, file.path) }))
  const isItsOwn = (path: string) =>
    path.startsWith(`${cliFolder}/${expected.slug}/`) && !claims.has(path.slice(cliFolder.length + 1))
  const used = actual.files.filter(({ path }) => isItsOwn(path) || files.some((file) => file.path === path))
  return compareFiles({ ...expected, files }, { ...actual, files: used })
}

function compareFiles(expected: FunctionSource, actual: FunctionSource): ComponentDifference[] {
  const [wanted, found] = [expected, actual].map(
    ({ files }) => new Map(files.map(({ path, sha256 }) => [path, sha256])),
  ) as [Map<string, string>, Map<string, string>]
  return [...new Set([...wanted.keys(), ...found.keys()])]
    .filter((path) => wanted.get(path) !== found.get(path))
    .sort()
    .map((path) => ({
      ...{ component, kind: 'function-file', name: `${expected.slug}: ${path}` },
      ...{ expected: wanted.get(path) ?? null, actual: found.get(path) ?? null },
    }))
}

/** How a function is run, as the API's description calls it. */
const settings = {
  name: ({ name }: FunctionSource) => name,
  verify_jwt: ({ verifyJwt }: FunctionSource) => String(verifyJwt),
  entrypoint_path: ({ entrypoint }: FunctionSource) => entrypoint,
  import_map_path: ({ importMap }: FunctionSource) => importMap ?? null,
}

function compareSettings(expected: FunctionSource, actual: FunctionSource): ComponentDifference[] {
  return Object.entries(settings)
    .filter(([, of]) => of(expected) !== of(actual))
    .map(([name, of]) => ({
      ...{ component, kind: 'function-setting', name: `${expected.slug}: ${name}` },
      ...{ expected: of(expected), actual: of(actual) },
    }))
}

/** A function that only one of the two has. */
export function oneSided(slug: string, side: 'backup' | 'target'): ComponentDifference {
  return {
    ...{ component, kind: side === 'backup' ? 'function-missing' : 'function-extra', name: slug },
    ...{ expected: side === 'backup' ? 'deployed' : null, actual: side === 'backup' ? null : 'deployed' },
  }
}
