import { auth } from '../auth/component.ts'
import { database } from '../database/component.ts'
import { functions } from '../functions/component.ts'
import { settings } from '../settings/component.ts'
import { storage } from '../storage/component.ts'
import type { Component, ComponentFlags } from './component.ts'

/** Every component, in the order of work. To add one is to add its folder, its entrypoint and its name here. */
export const components: readonly Component[] = [auth, database, storage, functions, settings].sort(
  (a, b) => a.order - b.order,
)

/** Their names. */
export const componentNames: readonly string[] = components.map(({ name }) => name)

/** The one of this name; undefined for one that only another version of the toolkit has. */
export function findComponent(name: string): Component | undefined {
  return components.find((component) => component.name === name)
}

/** The flags of all components, for `parseArgs`: those of backup.sh or of restore.sh. */
export function flagsOf(command: 'backup' | 'restore') {
  return Object.assign({}, ...components.map(({ flags }) => flags?.[command])) as NonNullable<
    NonNullable<Component['flags']>['backup']
  >
}

/** The components that flags of restore.sh narrow a command to a part of. */
export function narrowedBy(given: ComponentFlags): string[] {
  const isGiven = (name: string) => given[name] !== undefined && given[name] !== false
  return components
    .filter(({ flags }) => [...(flags?.chooses ?? []), ...(flags?.narrows ?? [])].some(isGiven))
    .map(({ name }) => name)
}

/** The component that a flag of restore.sh chooses a part of, so that the command is about no other. */
export function componentChosenBy(flag: string): string | undefined {
  return components.find(({ flags }) => flags?.chooses?.includes(flag))?.name
}
