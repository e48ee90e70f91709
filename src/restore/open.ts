import { join } from 'node:path'
import type { Manifest } from '../common/manifest.ts'
import type { ComponentRestore, RestoreContext } from '../components/component.ts'
import { findComponent } from '../components/list.ts'
import type { Project } from '../project/project.ts'
import type { RestoreCommand } from './command.ts'

/** The restores of a command's components, in the order of work. */
export interface OpenRestores {
  readonly context: RestoreContext
  readonly list: readonly { name: string; restore: ComponentRestore }[]
  close(): Promise<void>
}

/** What every component is told of a command. */
export function restoreContext(
  command: RestoreCommand,
  about: { manifest: Manifest; target: Project; arm: boolean; disposable: boolean },
): RestoreContext {
  const { config, generation, components, flags, rollback, log, signal } = command
  return {
    ...{ config, generation, flags, rollback, log, signal, wanted: components },
    ...about,
    leftOutFile: join(config.STATE_DIR, 'left-out.jsonl'),
  }
}

/**
 * Opens them all, so that none is begun where another cannot be.
 * @throws BackupError for whatever one of them lacks: the way to its part of the target, a program
 */
export async function openRestores(context: RestoreContext): Promise<OpenRestores> {
  const list: { name: string; restore: ComponentRestore }[] = []
  const close = async () => {
    for (const { restore } of list.splice(0).reverse()) await restore.close()
  }
  try {
    for (const name of context.wanted) {
      const component = findComponent(name)
      if (component === undefined) throw new TypeError(`there is no component ${name}`)
      const restore = await component.openRestore({ ...context, log: context.log.child(name) })
      list.push({ name, restore })
    }
  } catch (error) {
    await close()
    throw error
  }
  return { context, list, close }
}
