import type { Component } from '../components/component.ts'
import { components } from '../components/list.ts'
import type { RestoreCommand } from './command.ts'

/** The components of the command that can do something; all that can where it has none of them, for the error to name. */
export function ableTo(ability: 'arm' | 'toDirectory', command: RestoreCommand): readonly Component[] {
  const able = components.filter((component) => component[ability] !== undefined)
  const wanted = able.filter(({ name }) => command.components.includes(name))
  return wanted.length > 0 ? wanted : able
}
