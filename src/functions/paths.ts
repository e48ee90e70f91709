import { posix } from 'node:path'

/** Of a function's sources: where they belong, relative to the root of the project that it was deployed from. */
export interface PlacedFiles<Content> {
  files: Map<string, Content>
  entrypoint: string
  importMap: string | undefined
}

/** A function's paths that cannot be believed, in a clause. */
export class UntrustedPath extends Error {
  override readonly name = 'UntrustedPath'
}

/** Where the platform unpacks what it was given: `/tmp/user_fn_…/source/`. */
const unpacked = 'source/'

/**
 * Finds out where a function's files belong. The platform tells their paths in several ways: absolute, below the folder where it
 * unpacked them; relative to that folder; or relative to the entrypoint's own, with `..`. What comes out is the same for what
 * was deployed from it again.
 * @param options.entrypoint as the body's metadata or the function's description says it: a path or a `file:` URL
 * @throws UntrustedPath for a path that leads out of the project, or is none, and where the entrypoint is not among the files
 */
export function placeFiles<Content>(options: {
  slug: string
  entrypoint: string
  importMap: string | undefined
  files: readonly { path: string; content: Content }[]
}): PlacedFiles<Content> {
  const { slug, files } = options
  const given = files.map(({ path }) => pathOf(path))
  const entry = entryAmong(slug, given, pathOf(options.entrypoint))
  const root = rootOf(given, entry)
  const placed = stripUnpacked(
    climbInto(
      slug,
      given.map((path) => below(root, path)),
    ),
  )
  const entrypoint = placed[given.indexOf(entry)] ?? ''
  const importMap = options.importMap && matching(slug, given, pathOf(options.importMap))
  const result = new Map<string, Content>()
  for (const [index, path] of placed.entries()) {
    requirePlain(path)
    const content = files[index]?.content
    if (content === undefined || result.has(path)) throw new UntrustedPath(`there are two files ${path}`)
    result.set(path, content)
  }
  refuseNesting(result)
  return { files: result, entrypoint, importMap: importMap && placed[given.indexOf(importMap)] }
}

/** The path of a `file:` URL, or the path itself, without `.` segments. */
function pathOf(text: string): string {
  const path = /^file:/i.test(text) ? fileUrlPath(text) : text
  return posix.normalize(path)
}

function fileUrlPath(url: string): string {
  try {
    return decodeURIComponent(new URL(url).pathname)
  } catch {
    throw new UntrustedPath(`${url} is no address of a file`)
  }
}

/** The file that the entrypoint is, which may be told with more or less of its path than the file's own name. */
function entryAmong(slug: string, paths: readonly string[], entrypoint: string): string {
  const found = matching(slug, paths, entrypoint)
  if (found === undefined) throw new UntrustedPath(`its entrypoint ${entrypoint} is not among its files`)
  return found
}

/**
 * The path that means the same file: the most telling end of the wanted one, else the one in the function's own folder that ends as it
 * does, else the shortest.
 */
function matching(slug: string, paths: readonly string[], wanted: string): string | undefined {
  if (paths.includes(wanted)) return wanted
  const ends = (longer: string, shorter: string) => longer.endsWith(`/${shorter.replace(/^\/+/, '')}`)
  const byLength = [...paths].sort((a, b) => a.length - b.length)
  return (
    byLength.findLast((path) => ends(wanted, path)) ??
    byLength.find((path) => ends(path, posix.join(slug, wanted))) ??
    byLength.find((path) => ends(path, wanted))
  )
}

/** The folder that absolute paths are below, with a slash at the end; `/` where there is none. */
function rootOf(paths: readonly string[], entry: string): string {
  const absolute = paths.filter((path) => path.startsWith('/'))
  const anchor = entry.startsWith('/') ? entry : absolute[0]
  if (anchor === undefined) return '/'
  for (const [marker, end] of [
    ['/supabase/functions/', 1],
    [`/${unpacked}`, unpacked.length + 1],
  ] as const) {
    const at = anchor.indexOf(marker)
    const root = anchor.slice(0, at + end)
    if (at !== -1 && absolute.every((path) => path.startsWith(root))) return root
  }
  return anchor === entry ? commonFolder(absolute) : '/'
}

function commonFolder(paths: readonly string[]): string {
  let folder = posix.dirname(paths[0] ?? '/')
  while (folder !== '/' && !paths.every((path) => path.startsWith(`${folder}/`)))
    folder = posix.dirname(folder)
  return folder === '/' ? folder : `${folder}/`
}

/** A path relative to the root. One that is absolute and elsewhere keeps its names, inside. */
function below(root: string, path: string): string {
  if (path.startsWith(root)) return path.slice(root.length)
  return path.replace(/^\/+/, '')
}

/** Paths that begin with `..` are relative to the function's own folder. */
function climbInto(slug: string, paths: readonly string[]): readonly string[] {
  if (!paths.some((path) => path === '..' || path.startsWith('../'))) return paths
  return paths.map((path) => posix.normalize(`supabase/functions/${slug}/${path}`))
}

function stripUnpacked(paths: readonly string[]): readonly string[] {
  let stripped = paths
  while (stripped.every((path) => path.startsWith(unpacked)))
    stripped = stripped.map((path) => path.slice(unpacked.length))
  return stripped
}

/** @throws UntrustedPath for what is no plain relative path of names that every file system takes */
export function requirePlain(path: string): void {
  const segments = path.split('/')
  const isOdd = (segment: string) =>
    ['', '.', '..'].includes(segment) ||
    [...segment].some((character) => character < ' ' || character === '\\' || character === '\u007f') ||
    Buffer.byteLength(segment) > 255
  if (path.length > 2_000 || segments.some(isOdd))
    throw new UntrustedPath(
      `the path ${JSON.stringify(path.slice(0, 200))} leads out of its folder or is no path of a file`,
    )
}

function refuseNesting(files: ReadonlyMap<string, unknown>): void {
  for (const path of files.keys())
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder))
      if (files.has(folder)) throw new UntrustedPath(`${folder} is both a file and a folder`)
}
