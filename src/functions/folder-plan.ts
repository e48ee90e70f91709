import { NotDeployable } from './errors.ts'
import { cliFolder, isSource, routerSlug } from './folder-files.ts'
import type { FunctionSource } from './index-file.ts'
import { projectPathOf } from './layout.ts'

/** What becomes of a backup's functions in the one folder of a self-hosted stack, whatever that has of them already. */
export interface FolderPlan {
  /** Why a function cannot be put there beside the others, in a clause, by slug. */
  refused: ReadonlyMap<string, string>
  /** The files that the others need, by their path in the folder: hashes. None of them is taken away. */
  claims: ReadonlyMap<string, string>
}

/** What is to be done about functions that a folder cannot have. */
export const byHandIntoFolder =
  'All functions of a self-hosted stack share one folder. By hand: restore.sh --export DIR --only functions writes the sources of each to functions/sources/NAME; give a file that another one has otherwise a name of its own, change what imports it, and put the function into the folder.'

/** A function that could be put there by itself, with the hashes of its files by their path in the folder. */
interface Candidate {
  source: FunctionSource
  files: ReadonlyMap<string, string>
}

/**
 * Which functions can be in the folder together: it has one version of each file. Where two need different ones of a file, that one
 * is taken which belongs to the function whose folder it is in, else that which most need, else that of the first. It depends
 * on the backup alone, so that a repetition comes to the same.
 * @param blocked why the target's folder does not take a function, by slug
 */
export function planFolder(
  sources: readonly FunctionSource[],
  blocked: ReadonlyMap<string, string> = new Map(),
): FolderPlan {
  const refused = new Map(blocked)
  const candidates: Candidate[] = []
  for (const source of sources) {
    if (refused.has(source.slug)) continue
    try {
      const hashes = new Map(source.files.map(({ path, sha256 }) => [path, sha256]))
      const files = [...placesOf(source)].map(([place, path]) => [place, hashes.get(path) ?? ''] as const)
      candidates.push({ source, files: new Map(files) })
    } catch (error) {
      if (!(error instanceof NotDeployable)) throw error
      refused.set(source.slug, error.message)
    }
  }
  const taken = new Map<string, { sha256: string; slugs: string[] }>()
  const folders = new Map<string, string>()
  for (const { source, files } of inOrder(candidates)) {
    const conflict = conflictOf(files, taken, folders)
    if (conflict !== undefined) {
      refused.set(source.slug, whyNot(conflict, taken))
      continue
    }
    for (const [path, sha256] of files) {
      const known = taken.get(path) ?? { sha256, slugs: [] }
      known.slugs.push(source.slug)
      taken.set(path, known)
      for (const folder of foldersAbove(path)) folders.set(folder, path)
    }
  }
  const bySlug = new Map([...refused].toSorted(([one], [other]) => (one < other ? -1 : 1)))
  return { refused: bySlug, claims: new Map([...taken].map(([path, { sha256 }]) => [path, sha256])) }
}

/**
 * Where in the folder each file of a function belongs: its path in the backup, by that in the folder.
 * @throws NotDeployable
 */
export function placesOf(source: FunctionSource): Map<string, string> {
  if (source.slug === routerSlug && source.listed['router'] !== true)
    throw new NotDeployable('a self-hosted stack has a function of that name, which starts the others')
  const entry = projectPathOf(source, source.entrypoint)
  if (!new RegExp(`^${cliFolder}/${source.slug}/index\\.[a-z]+$`).test(entry))
    throw new NotDeployable(`a self-hosted stack starts index.ts of its folder, and it begins with ${entry}`)
  const places = new Map<string, string>()
  for (const { path } of source.files) {
    const whole = projectPathOf(source, path)
    if (!whole.startsWith(`${cliFolder}/`))
      throw new NotDeployable(`${whole} is outside ${cliFolder}, which is all that a self-hosted stack has`)
    if (!whole.split('/').every(isSource))
      throw new NotDeployable(`${whole} has a name that is not taken for a source there`)
    places.set(whole.slice(cliFolder.length + 1), path)
  }
  return places
}

/** First those in whose versions most agree; among equals those that are no last good copy. */
function inOrder(candidates: readonly Candidate[]): Candidate[] {
  const votes = new Map<string, Map<string, number>>()
  for (const { source, files } of candidates)
    for (const [path, sha256] of files) {
      const versions = votes.get(path) ?? new Map<string, number>()
      // What lies in its own folder is the function's, however many others import it.
      const weight = path.startsWith(`${source.slug}/`) ? candidates.length : 1
      versions.set(sha256, (versions.get(sha256) ?? 0) + weight)
      votes.set(path, versions)
    }
  const agreement = ({ source, files }: Candidate) => {
    const contested = [...files].filter(([path]) => (votes.get(path)?.size ?? 0) > 1)
    const fewest = Math.min(...contested.map(([path, sha256]) => votes.get(path)?.get(sha256) ?? 0))
    return fewest - (source.stale ? 0.5 : 0)
  }
  const ranked = candidates.map((candidate) => ({ candidate, rank: agreement(candidate) }))
  return ranked.toSorted((a, b) => compareRanks(b.rank, a.rank)).map(({ candidate }) => candidate)
}

/** Ranks may be infinite, whose difference is no number. */
function compareRanks(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1
}

/** The file of others that stands in the way of these: of other contents, or a file where a folder is needed. */
function conflictOf(
  files: ReadonlyMap<string, string>,
  taken: ReadonlyMap<string, { sha256: string }>,
  /** Folders that files of others are in, each with one of those. */
  folders: ReadonlyMap<string, string>,
): string | undefined {
  for (const [path, sha256] of files) {
    if ((taken.get(path)?.sha256 ?? sha256) !== sha256) return path
    const other = foldersAbove(path).find((folder) => taken.has(folder)) ?? folders.get(path)
    if (other !== undefined) return other
  }
  return undefined
}

/** `a/b` and `a` of `a/b/c.ts`, the outermost first. */
function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

const slugsNamed = 3

function whyNot(path: string, taken: ReadonlyMap<string, { slugs: readonly string[] }>): string {
  const others = taken.get(path)?.slugs ?? []
  const more = others.length - slugsNamed
  const named = `${others.slice(0, slugsNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return `${path} is one for all, and ${named} ${others.length === 1 ? 'has' : 'have'} it with other contents`
}
