/**
 * The configuration, for the scripts and for people:
 *
 *     config.ts env [--env-file FILE | --project NAME] [--need database,storage,catalogue,repository] [--reading] [--only LIST] [--skip LIST] [--partial]
 *     config.ts show [--env-file FILE | --project NAME] [--json]
 *     config.ts coverage [--only LIST] [--skip LIST] [--json]
 *     config.ts projects
 *     config.ts generate
 *
 * With --partial, of a backup of a part of the database, no other component is meant unless it is named.
 * With --reading nothing that the configuration names is run, so it may be another user's; `show` runs SECRETS_COMMAND, where nobody
 * else could have written it.
 * `env` prints NUL-separated NAME=value, the list of components and those that --only and --skip leave among them, of which a backup (--need components) is made without the optional ones that
 * the settings lack for, and of a failure what failToScript in src/common/failure.ts does; `reachable` which of the
 * components the settings of the environment have a way to, NUL-separated; `show` the settings for people, secrets masked; `coverage` what a backup holds, and how it returns; `projects` the env file of every project that is backed up, a line each; `generate` writes
 * .env.example and the reference pages.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { failCommand, failToScript } from './common/failure.ts'
import { printAnswer } from './common/output.ts'
import { toolVersion } from './common/version.ts'
import { componentNames, components } from './components/list.ts'
import { selectComponents, unconfiguredComponents, withoutContained } from './components/select.ts'
import { writeDocuments } from './config/document.ts'
import { findEnvFile, listBackedUp } from './config/find.ts'
import { loadConfig, loadProject, secretNames } from './config/load.ts'
import type { Need } from './config/rules.ts'
import { secretSources, showProject } from './config/show.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'env-file': { type: 'string' },
    project: { type: 'string' },
    need: { type: 'string', default: '' },
    only: { type: 'string', multiple: true, default: [] },
    skip: { type: 'string', multiple: true, default: [] },
    partial: { type: 'boolean', default: false },
    components: { type: 'string', default: '' },
    reading: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

async function load(needed: readonly Need[], showing = false) {
  const environment = process.env
  const envFile = await findEnvFile({
    envFile: options['env-file'],
    project: options.project,
    root,
    environment,
  })
  const reading = showing || options.reading
  return loadProject({ envFile, environment, needed, reading, secretsIfTrusted: showing })
}

/** The components that can do something, for the scripts. */
function namesWith(ability: 'salvages' | 'toDirectory' | 'arm', between: string): string {
  return components
    .filter((component) => component[ability])
    .map(({ name }) => name)
    .join(between)
}

const verbs: Record<string, () => Promise<string>> = {
  async env() {
    const needs = options.need.split(',')
    const isBackup = needs.includes('components')
    const selected = selectComponents(options)
    const chosen = isBackup ? withoutContained(selected) : selected
    const needed = needs.flatMap((need) => (need === 'components' ? chosen : [need]))
    const project = await load(needed)
    const { values } = project
    const without = isBackup
      ? unconfiguredComponents({ chosen, named: options.only.length > 0, settings: loadConfig(values) })
      : []
    const left = chosen.filter((name) => !without.some((component) => component.name === name))
    const pairs = {
      ...values,
      SECRET_VARIABLES: secretNames.filter((name) => name in values).join(' '),
      SECRET_SOURCES: secretSources(project),
      COMPONENTS: left.join(' '),
      COMPONENTS_UNCONFIGURED: without.map((component) => component.name).join(' '),
      COMPONENTS_ALL: componentNames.join(' '),
      COMPONENTS_SALVAGED: namesWith('salvages', ' '),
      COMPONENTS_TO_DIR: namesWith('toDirectory', ','),
      COMPONENTS_ARM: namesWith('arm', ','),
    }
    return Object.entries(pairs)
      .map(([name, value]) => `${name}=${value}\0`)
      .join('')
  },
  async reachable() {
    const settings = loadConfig(process.env)
    const named = options.components.split(',')
    return components
      .filter(({ name, configuration }) => named.includes(name) && !configuration.missing(settings))
      .map(({ name }) => `${name}\0`)
      .join('')
  },
  async show() {
    selectComponents(options)
    return showProject(await load([], true), options.json)
  },
  async coverage() {
    const chosen = selectComponents(options)
    const { coverageRows, coverageText } = await import('./coverage/matrix.ts')
    const rows = await coverageRows(components.filter(({ name }) => chosen.includes(name)))
    return options.json
      ? `${JSON.stringify(rows.map(({ component, name, returns }) => ({ component, name, returns })))}\n`
      : `${coverageText(rows)}\n`
  },
  projects: async () => (await listBackedUp(process.env)).map((file) => `${file}\n`).join(''),
  async generate() {
    await writeDocuments(root)
    // For `--version`, which needs no Node.
    await writeFile(join(root, 'src/shell/version.txt'), `${await toolVersion()}\n`)
    const { renderRulesPage } = await import('./database/rules/page.ts')
    await writeFile(join(root, 'docs/reference/restore-rules.md'), renderRulesPage())
    const { renderCoveragePage } = await import('./coverage/page.ts')
    await writeFile(join(root, 'docs/reference/coverage.md'), await renderCoveragePage())
    return ''
  },
}

const [name = ''] = positionals
try {
  const verb = verbs[name]
  if (verb === undefined) throw new TypeError(`config.ts needs one of: ${Object.keys(verbs).join(', ')}`)
  printAnswer(await verb())
} catch (thrown) {
  if (name === 'env' || name === 'reachable') failToScript('configuration', thrown)
  else failCommand('configuration', thrown, options.json)
}
