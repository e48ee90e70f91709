import { type BackupError, toBackupError } from '../common/errors.ts'
import type { Component, ComponentEstimate, EstimateContext } from './component.ts'
import { components } from './list.ts'
import { unconfiguredComponents } from './select.ts'

/** What a backup of several components would fetch. */
export interface Estimates {
  told: ComponentEstimate[]
  /** Those that could not be asked, by name. */
  failed: Map<string, BackupError>
}

/**
 * Asks each of the chosen components that a backup would have by itself: one that cannot be asked does not silence the others.
 * @param known all there are; tests give others
 * @throws BackupError of the first one, where nobody has told anything; what the settings lack, where they do for all
 */
export async function estimateComponents(
  chosen: readonly string[],
  context: EstimateContext,
  known: readonly Component[] = components,
): Promise<Estimates> {
  const { config } = context
  const left = unconfiguredComponents({ chosen, named: false, settings: config, known })
  const asked = chosen.filter((name) => !left.some((component) => component.name === name))
  const configured = known.filter(({ configuration }) => configuration.missing(config) === undefined)
  const told: ComponentEstimate[] = []
  const failed: Estimates['failed'] = new Map()
  for (const component of known.filter(({ name }) => asked.includes(name))) {
    const isWithin = configured.some(({ name }) => name === component.within && asked.includes(name))
    if (isWithin) continue
    try {
      const estimate = await component.estimate?.(context)
      if (estimate) told.push(estimate)
    } catch (error) {
      failed.set(component.name, toBackupError(error, component.name))
    }
  }
  const [first] = failed.values()
  if (first !== undefined && told.length === 0) throw first
  return { told, failed }
}
