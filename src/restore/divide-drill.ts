import { BackupError, ExitCode } from '../common/errors.ts'
import { type ComponentResult, finding } from '../common/findings.ts'
import type { Component } from '../components/component.ts'
import { components } from '../components/list.ts'
import { neededBy, withoutContained } from '../components/select.ts'
import type { Settings } from '../config/variables.ts'
import { isConfigured, lackingFields, type ProjectSettings } from '../project/settings.ts'

/**
 * Which components a drill is about, and what its report says of those that it cannot prove.
 * @param settings of the test project; without any the drill is into a throwaway one
 * @throws BackupError NOTHING_TO_DRILL where none is left
 */
export function divideDrill(
  wanted: readonly Component[],
  settings: ProjectSettings,
): { drilled: string[]; leftOut: ComponentResult[] } {
  const drilled: string[] = []
  const leftOut: ComponentResult[] = []
  const reasons: string[] = []
  for (const component of wanted) {
    const message = unprovable(component, settings)
    if (message === undefined) {
      drilled.push(component.name)
      continue
    }
    const { name } = component
    const found = finding({ component: name, severity: 'note', kind: 'not-drilled', message, count: 1 })
    leftOut.push({ component: name, status: 'skipped', seconds: 0, counts: {}, findings: [found] })
    reasons.push(`${name}: ${message}`)
  }
  if (drilled.length === 0) throw nothingToDrill(reasons)
  return { drilled, leftOut }
}

/**
 * What the backup holds, or every backup of the project has to hold, and this very drill could prove, but is not about: then it
 * is no drill of the project.
 * @param options.held the components of the backup
 * @param options.wanted what the drill is about
 * @param options.settings of the test project
 * @param options.origin of the project that is backed up
 */
export function untried(options: {
  held: readonly string[]
  wanted: readonly string[]
  settings: ProjectSettings
  origin: Settings
}): string[] {
  const { held, wanted, settings, origin } = options
  const ofAll = neededBy(origin)
  const needed = components.filter((component) => held.includes(component.name) || ofAll.includes(component))
  const all = withoutContained([...new Set([...needed.map(({ name }) => name), ...wanted])])
  return needed
    .filter(({ name }) => all.includes(name) && !wanted.includes(name))
    .filter((component) => unprovable(component, settings) === undefined)
    .map(({ name }) => name)
}

/** Why a drill cannot prove it: it never can, or the test project lacks settings of a component that may be absent. */
function unprovable({ drill, configuration }: Component, settings: ProjectSettings): string | undefined {
  if (!drill.provable) return `No drill can prove it: ${drill.because}`
  const lacking = lackingFields(settings, configuration.target)
  if (!configuration.optional || !isConfigured(settings) || lacking.length === 0) return undefined
  return `The drill leaves it out, for want of ${lacking.map((field) => `TEST_SUPABASE_${field}`).join(' and ')}.`
}

function nothingToDrill(reasons: readonly string[]): BackupError {
  return new BackupError({
    code: 'NOTHING_TO_DRILL',
    message: `The drill is about nothing that it can prove. ${reasons.join(' ')}`,
    suggestion: 'Drill with other components: restore.sh --test --only LIST.',
    phase: 'restore/drill',
    exitCode: ExitCode.usage,
  })
}
