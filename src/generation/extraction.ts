import type { Manifest } from '../common/manifest.ts'
import type { Component, ComponentFlags } from '../components/component.ts'
import { components as allComponents } from '../components/list.ts'
import { identityPaths } from './files.ts'
import { componentsOf, holdersOf, unknownComponents } from './held.ts'
import { isWanted } from './verify.ts'

/** What a command needs of an archive. */
export interface Extraction {
  /** Lines of a file for Borg's `--patterns-from`; none where everything is needed. */
  patterns: string[]
  /** The room it takes on disk. */
  bytes: number
  /** Whether that is the whole archive. */
  everything: boolean
  /** The components of which it is only a chosen part. */
  chosen: string[]
  /** The components that the archive holds. */
  held: string[]
}

/** A file takes up whole blocks. */
const blockBytes = 4096

function roomOf(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes
}

/** What tells a command which files it needs, as Borg patterns: to be extracted before `planExtraction` is asked. */
export function listPatterns(flags: ComponentFlags): string[] {
  const lists = allComponents.flatMap(({ files }) => files.part?.lists(flags) ?? [])
  return [exactly('manifest.json'), ...lists, nothingElse]
}

/**
 * Says which files of an archive a command needs: those of its components and, where the flags choose a part of one, of
 * that only the chosen files beside the lists of them. What the archive does not hold is no error here.
 *
 * @param options.generation - the folder into which what `listPatterns` says was extracted already.
 * @param options.components - undefined: all that the archive holds.
 */
export async function planExtraction(options: {
  generation: string
  manifest: Manifest
  components: readonly string[] | undefined
  flags: ComponentFlags
}): Promise<Extraction> {
  const { generation, manifest, flags } = options
  const held = componentsOf(manifest)
  const named = holdersOf(options.components, manifest)
  const wanted = allComponents.filter(({ name }) => named?.includes(name) ?? true)
  const inPart = wanted.filter(({ name, files }) => held.includes(name) && files.part?.lists(flags))
  const chosen = inPart.map(({ name }) => name)
  const whole = wanted.filter((component) => !inPart.includes(component))
  const parts = await Promise.all(inPart.map((component) => component.files.part?.chosen(generation, flags)))
  const files = parts.flatMap((part) => part ?? [])
  const listed = Object.entries(manifest.files).filter(([path]) => isWanted(path, named))
  const bytes = [
    ...[...listed.map(([, file]) => file.bytes), ...files.map((file) => file.bytes)].map(roomOf),
    ...whole.map((component) => roomApart(component, manifest)),
  ].reduce((sum, room) => sum + room, 0)
  const everything =
    chosen.length === 0 &&
    [...held, ...unknownComponents(manifest)].every((name) => named?.includes(name) ?? true)
  const patterns = [
    ...topFiles(manifest),
    ...whole.map(({ name }) => `+ pp:${name}`),
    ...inPart.flatMap((component) => component.files.part?.lists(flags) ?? []),
    ...files.map(({ path }) => exactly(path)),
    nothingElse,
  ]
  return { patterns: everything ? [] : patterns, bytes, everything, chosen, held }
}

/** Of what the manifest does not list there are only counts, so of each last block half is taken to be full. */
function roomApart({ name, files }: Component, manifest: Manifest): number {
  const counts = manifest.components.find(({ component }) => component === name)?.counts ?? {}
  const apart = files.apart?.(counts)
  return apart === undefined ? 0 : apart.bytes + (apart.files * blockBytes) / 2
}

/** What belongs to no component, and what tells whose backup it is. */
function topFiles(manifest: Manifest): string[] {
  const names = Object.keys(manifest.files).filter((path) => !path.includes('/'))
  return ['manifest.json', ...names, ...identityPaths].map(exactly)
}

const nothingElse = '- re:.'

/** Borg trims the lines of the file, so a name that ends in white space has to be written otherwise. */
function exactly(path: string): string {
  if (path.trim() === path) return `+ pf:${path}`
  return `+ re:^${path.replace(/[^A-Za-z0-9_/]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}$`
}
