import { BackupError, ExitCode } from '../common/errors.ts'
import { components as allComponents, componentNames } from '../components/list.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/directories.ts'
import { closestName } from '../config/suggest.ts'
import { projectReference, settingsWith } from '../project/settings.ts'
import { readStatusIfAny } from '../report/store.ts'
import { type ConfiguredTargets, configuredTargets } from './configured-targets.ts'
import { pickComponents } from './pick-components.ts'
import { pickSource } from './pick-source.ts'
import { pickTarget } from './pick-target.ts'
import { listSources, type Source } from './sources.ts'
import type { Target } from './target.ts'
import type { Terminal } from './terminal.ts'

export interface Choice {
  /** `Local`, `Extract` or an archive's name. */
  source: string
  components: string[]
  /** Nothing was left out: whatever the source turns out to hold, where that is not known before it is extracted. */
  everything: boolean
  target: Target
}

export interface ChooseOptions {
  config: Config
  /** Where other projects' env files are found. */
  environment: Environment
  /** Names of all archives in the repository. */
  archives: readonly string[]
  /** Those of them that another project of the same name has made. */
  foreign?: ReadonlySet<string>
  /** The answers of flags: a source's name or `latest`; a list of components; `test` or another project's name. */
  archive: string | undefined
  only: string | undefined
  /** Without `only`: all that the source holds, unasked. */
  everything: boolean
  target: string | undefined
  /** The reference of the target that a restore is resumed into: a configured one that has it is taken unasked. */
  resumed?: string | undefined
  /** The very project the backups are of may be the target. */
  overSource: boolean
  openTerminal: (flag: string) => Terminal
}

/**
 * Finds out what to restore and where to, asking only what the flags left open.
 * @throws BackupError for a flag that names nothing, without a terminal, and on Ctrl-C
 */
export async function choose(options: ChooseOptions): Promise<Choice> {
  const { config } = options
  const terminal = openOnce(options)
  const status = await readStatusIfAny(config.STATE_DIR, config.PROJECT_NAME)
  const sources = await listSources({
    project: config.PROJECT_NAME,
    archives: options.archives,
    foreign: options.foreign,
    local: config.LOCAL_BACKUP_DIR,
    extract: config.BORG_EXTRACT_DIR,
    status,
    now: new Date(),
  })
  if (sources.length === 0)
    throw wrongChoice(
      'There is nothing to restore: neither an archive nor a local backup.',
      'Run backup.sh first.',
    )
  const source =
    options.archive === undefined
      ? await pickSource(sources, terminal('--archive'), new Date())
      : namedSource(options.archive, sources)
  const chosen = await chooseComponents(options, source, terminal)
  return {
    source: source.name,
    components: chosen,
    everything: options.only === undefined && chosen.length === source.components.length,
    target: await chooseTarget({ ...options, openTerminal: terminal }, chosen),
  }
}

/**
 * Finds out where to, asking only what the flags left open.
 * @param wanted what will be restored there
 */
export async function chooseTarget(options: ChooseOptions, wanted: readonly string[]): Promise<Target> {
  const targets = await configuredTargets(options)
  if (options.target !== undefined) return namedTarget(options.target, targets)
  const resumed = targets.usable.find(({ settings }) => projectReference(settings) === options.resumed)
  if (resumed) return resumed
  return pickTarget({
    ...targets,
    refused: options.overSource ? undefined : settingsWith('SUPABASE', options.config),
    components: wanted,
    terminal: options.openTerminal('--target'),
  })
}

async function chooseComponents(
  { only, everything }: ChooseOptions,
  source: Source,
  terminal: (flag: string) => Terminal,
): Promise<string[]> {
  if (only !== undefined) return namedComponents(only, source)
  if (everything) return [...source.components]
  return pickComponents(source.components, () => terminal('--only'))
}

/** One terminal serves all questions. */
function openOnce({ openTerminal }: ChooseOptions): (flag: string) => Terminal {
  let opened: Terminal | undefined
  return (flag) => {
    opened ??= openTerminal(flag)
    return opened
  }
}

function namedSource(name: string, sources: readonly Source[]): Source {
  const found =
    name === 'latest'
      ? sources.find(({ kind, foreign }) => kind === 'archive' && !foreign)
      : sources.find((source) => source.name === name)
  if (found) return found
  throw wrongChoice(`There is no archive "${name}".`, 'restore.sh --list shows what there is.')
}

function namedComponents(list: string, source: Source): string[] {
  const names = list.split(',').map((name) => name.trim())
  const there = allComponents
    .filter(({ name, within = name }) => [name, within].some((holder) => source.components.includes(holder)))
    .map(({ name }) => name)
  const unknown = names.find((name) => !there.includes(name))
  if (unknown === undefined) return there.filter((name) => names.includes(name))
  throw wrongChoice(
    `${source.name} has no component "${unknown}".`,
    `It has ${source.components.join(', ')}; the components are ${componentNames.join(', ')}.`,
  )
}

/** @throws BackupError the reason why the target cannot be restored to, or USAGE where there is no such */
function namedTarget(name: string, { usable, unusable }: ConfiguredTargets): Target {
  const found = usable.find((target) => target.name === name)
  if (found) return found
  const reason = unusable.find((target) => target.name === name)?.reason
  if (reason) throw reason
  const known = [...usable, ...unusable].map((target) => target.name)
  const closest = closestName(name, known)
  throw wrongChoice(
    `There is no target "${name}".`,
    `${closest === undefined ? '' : `Did you mean ${closest}? `}Targets are test (the TEST_SUPABASE_ variables of the env file) and the other configured projects; there are: ${known.join(', ')}.`,
  )
}

function wrongChoice(message: string, suggestion: string): BackupError {
  return new BackupError({
    code: 'USAGE',
    message,
    suggestion,
    phase: 'interactive',
    exitCode: ExitCode.usage,
  })
}
