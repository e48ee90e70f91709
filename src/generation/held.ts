import { readFile } from 'node:fs/promises'
import { type Component, components } from '../common/findings.ts'
import type { Manifest } from '../common/manifest.ts'

/** What of an archive was extracted; see src/shell/extract.sh, which writes it beside the directory. */
export interface Extracted {
  archive: string
  /** Undefined: all it holds. */
  components: Component[] | undefined
  /** Of Storage only the objects that a command had chosen. */
  chosenObjects: boolean
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
    components: only === undefined ? undefined : components.filter((name) => only.split(',').includes(name)),
    chosenObjects: facts.includes('objects=chosen'),
  }
}

/** The components that a backup holds. */
export function componentsOf(manifest: Manifest): Component[] {
  return manifest.components.filter(({ status }) => status !== 'skipped').map(({ component }) => component)
}

/** The components that a generation holds, as far as they were extracted. */
export async function heldComponents(generation: string, manifest: Manifest): Promise<Component[]> {
  const extracted = await readExtracted(generation)
  return componentsOf(manifest).filter((component) => extracted?.components?.includes(component) ?? true)
}
