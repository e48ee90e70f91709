import { readFile } from 'node:fs/promises'
import type { ComponentResult } from '../common/findings.ts'
import type { Manifest } from '../common/manifest.ts'
import { components as allComponents, componentNames, findComponent } from '../components/list.ts'

/** What of an archive was extracted; see src/shell/extract.sh, which writes it beside the directory. */
export interface Extracted {
  archive: string
  /** Undefined: all it holds. */
  components: string[] | undefined
  /** Of one of them only what a command had chosen. */
  chosen: boolean
}

/** Undefined for a generation that was not extracted from an archive. */
export async function readExtracted(generation: string): Promise<Extracted | undefined> {
  const text = await readFile(`${generation}.archive`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  if (text === undefined) return undefined
  const [archive = '', ...facts] = text.split('\n')
  const only = facts.find((line) => line.startsWith('components='))?.slice('components='.length)
  return {
    archive,
    components: only?.split(','),
    chosen: facts.some((line) => /^(chosen=.|objects=chosen$)/.test(line)),
  }
}

/** Whether a backup has anything of the component. */
export function isHeld({ status }: Pick<ComponentResult, 'status'>): boolean {
  return status !== 'skipped' && status !== 'failed'
}

/** Those in a backup that this version of the toolkit does not know: it leaves them alone. */
export function unknownComponents({ components }: Manifest): string[] {
  return components
    .filter(isHeld)
    .map(({ component }) => component)
    .filter((name) => findComponent(name) === undefined)
}

/** The components that a backup holds, and that can be restored. */
export function componentsOf(manifest: Manifest): string[] {
  const held = manifest.components.filter(isHeld).map(({ component }) => component)
  return componentNames.filter((name) => held.includes(name))
}

/**
 * The names of those whose files are needed to restore these: of one that the backup has only within another, that one's.
 * @param components undefined: all
 */
export function holdersOf(
  components: readonly string[] | undefined,
  manifest: Manifest,
): readonly string[] | undefined {
  const held = componentsOf(manifest)
  return components?.flatMap((name) => {
    const within = findComponent(name)?.within
    return held.includes(name) || within === undefined ? [name] : [name, within]
  })
}

/** The components that can be restored from a generation, as far as they were extracted: those it holds, and those within them. */
export async function restorableComponents(generation: string, manifest: Manifest): Promise<string[]> {
  const extracted = (await readExtracted(generation))?.components
  const held = componentsOf(manifest)
  return allComponents
    .filter(({ name, within }) => {
      // A part of what it is within need not have it.
      const holders = [name, ...(within === undefined || manifest.partial ? [] : [within])]
      const isExtracted = extracted === undefined || holders.some((holder) => extracted.includes(holder))
      return isExtracted && holders.some((holder) => held.includes(holder))
    })
    .map(({ name }) => name)
}

/** The components that a generation holds, as far as they were extracted. */
export async function heldComponents(generation: string, manifest: Manifest): Promise<string[]> {
  const extracted = await readExtracted(generation)
  return componentsOf(manifest).filter((component) => extracted?.components?.includes(component) ?? true)
}
