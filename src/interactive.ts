/**
 * The picker of restore.sh: what to restore, which components of it, and where to.
 *
 *     interactive.ts --archive-list FILE [--archive NAME] [--only LIST | --everything] [--target test|PROJECT]
 *                    [--over-source] [--resume] [--json]
 *     interactive.ts --target-only [--only LIST] [--target test|PROJECT] [--over-source] [--json]
 *
 * The project's configuration comes from the environment, the archives from the output of `borg list --json` in FILE.
 * What a flag answers is not asked; --resume takes source, components and, where it is a configured one, target of the
 * restore that broke off. Prompts are drawn on the terminal; stdout gets the choice as NUL-separated NAME=value (CHOSEN_SOURCE,
 * CHOSEN_COMPONENTS, CHOSEN_EVERYTHING=yes|no, CHOSEN_TARGET, CHOSEN_REFERENCE and TARGET_SUPABASE_*, secrets among them), or as
 * JSON without the secrets; of a failure what failToScript in src/common/failure.ts prints, or its document. Nothing is changed:
 * exit code 130 on Ctrl-C, 2 without a terminal.
 */
import { parseArgs } from 'node:util'
import { failCommand, failToScript } from './common/failure.ts'
import { loadConfig } from './config/load.ts'
import { type ChooseOptions, choose, chooseTarget } from './interactive/choose.ts'
import { openTerminal } from './interactive/terminal.ts'
import { projectReference, targetVariables } from './project/settings.ts'
import { readResumeState } from './restore/resume-state.ts'
import { readArchiveList } from './retention/archives.ts'

const { values: flags } = parseArgs({
  options: {
    'archive-list': { type: 'string' },
    archive: { type: 'string' },
    only: { type: 'string' },
    everything: { type: 'boolean', default: false },
    target: { type: 'string' },
    'over-source': { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    'target-only': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

try {
  const list = flags['archive-list']
  const config = loadConfig(process.env)
  const archives =
    list === undefined ? { names: [], foreign: new Set<string>() } : await readArchiveList(list)
  const begun = flags.resume ? await readResumeState(config.STATE_DIR) : undefined
  const options: ChooseOptions = {
    config,
    environment: process.env,
    archives: archives.names,
    foreign: archives.foreign,
    archive: begun?.source ?? flags.archive,
    only: begun?.components.join(',') ?? flags.only,
    everything: flags.everything,
    target: flags.target,
    resumed: begun?.target,
    overSource: flags['over-source'] || (begun?.asked.overSource ?? false),
    openTerminal,
  }
  const choice = flags['target-only'] ? undefined : await choose(options)
  const target = choice?.target ?? (await chooseTarget(options, options.only?.split(',') ?? []))
  const chosen = {
    ...(choice && {
      CHOSEN_SOURCE: choice.source,
      CHOSEN_COMPONENTS: choice.components.join(','),
      CHOSEN_EVERYTHING: choice.everything ? 'yes' : 'no',
    }),
    CHOSEN_TARGET: target.name,
    CHOSEN_REFERENCE: projectReference(target.settings),
  }
  const variables = flags.json ? chosen : { ...chosen, ...targetVariables(target.settings) }
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(variables)}\n`
      : Object.entries(variables)
          .map(([name, value]) => `${name}=${value}\0`)
          .join(''),
  )
} catch (thrown) {
  if (flags.json) failCommand('interactive', thrown, true)
  else failToScript('interactive', thrown)
}
