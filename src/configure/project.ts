import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toBackupError } from '../common/errors.ts'
import { silentLog } from '../common/log.ts'
import type { Component } from '../components/component.ts'
import { components } from '../components/list.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/directories.ts'
import { loadConfig, loadProject } from '../config/load.ts'
import type { Values } from '../config/sources.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { setVariables } from './env-file.ts'
import { allValues, askSecret, askText, askYesOrNo, type Questions, valueKnown } from './questions.ts'
import { askSecretsCommand } from './secrets-command.ts'
import { readStack } from './stack.ts'

/** The components that every project has to have answers for. */
const asked = components.filter(({ configuration }) => !configuration.optional)

const isAddress = /^(https?:|$)/i

/** Asks which project it is and how it is reached, and tries that, until it works or the operator goes on regardless. */
export async function askProject(
  questions: Questions,
  options: { envFile: string; environment: Environment },
): Promise<void> {
  const { terminal } = questions
  const { environment } = options
  for (;;) {
    await askSecretsCommand(questions, options)
    const isHosted = await askAddress(questions, environment)
    const optional = isHosted && (await askToken(questions))
    const without = optional ? '; empty: by the access token' : ''
    await askSecret(
      questions,
      'SUPABASE_DB_URL',
      isHosted
        ? `Connection string of the session pooler, with the password (Supabase dashboard, Connect${without})`
        : "Connection string of PostgreSQL, or of the pooler's session port as postgres.TENANT, with the password",
      { optional },
    )
    await askSecret(
      questions,
      'SUPABASE_SERVICE_ROLE_KEY',
      isHosted
        ? `Secret API key or service_role key (Supabase dashboard, Project Settings, API Keys${without})`
        : 'Secret API key (SERVICE_ROLE_KEY of its .env)',
      { optional },
    )
    terminal.output.write('  Trying to reach the project ...\n')
    const conditions = await tryProject(allValues(questions), environment)
    for (const { status, subject, text, remedy } of conditions)
      terminal.output.write(`  ${status.padEnd(4)}  ${subject}: ${text}${remedy ? ` — ${remedy}` : ''}\n`)
    if (conditions.every(({ status }) => status === 'OK')) return
    if (!(await askYesOrNo(questions, 'Answer these questions again?'))) return
  }
}

/**
 * A hosted project has a reference; a self-hosted one an address, which the .env of its Docker set-up has with everything else.
 * @returns whether it is hosted
 */
async function askAddress(questions: Questions, environment: Environment): Promise<boolean> {
  const isSelfHosted =
    questions.values['SUPABASE_URL'] !== undefined && !valueKnown(questions, 'SUPABASE_PROJECT_REF')
  if (await askYesOrNo(questions, 'Is it a project on supabase.com?', !isSelfHosted)) {
    await askText(
      questions,
      'SUPABASE_PROJECT_REF',
      'Project reference (the 20 letters in its address in the Supabase dashboard):',
    )
    Object.assign(questions.values, { SUPABASE_URL: '', SUPABASE_STORAGE_URL: '' })
    return true
  }
  await askText(questions, 'SUPABASE_URL', 'Address of its API, or path of the .env of its Docker set-up:', {
    instead: async (typed) => (isAddress.test(typed) ? undefined : readStack(typed, environment)),
    invalid: (typed) =>
      isAddress.test(typed)
        ? undefined
        : 'It is no http:// or https:// address, and no .env is there that says SUPABASE_PUBLIC_URL.',
  })
  await askText(
    questions,
    'SUPABASE_STORAGE_URL',
    'Address of its Storage API, if another than API address/storage/v1:',
    {
      optional: true,
    },
  )
  // What lies on another machine has no answer.
  const files = [
    ['SUPABASE_FUNCTIONS_DIR', 'Folder of its edge functions (a blank: leave them out):'],
    ['SUPABASE_STACK_ENV', 'The .env of its Docker set-up, for its settings (a blank: leave them out):'],
  ] as const
  for (const [name, message] of files) await askText(questions, name, message, { optional: true })
  Object.assign(questions.values, { SUPABASE_PROJECT_REF: '', SUPABASE_ACCESS_TOKEN: '' })
  return false
}

/** @returns whether there is one, with which the other ways need not be known */
async function askToken(questions: Questions): Promise<boolean> {
  const { terminal } = questions
  terminal.output.write(
    '  With an access token (Supabase dashboard, Account, Access Tokens) the settings outside the database are backed up\n' +
      '  too, and the connection string and the key need not be known. docs/how-to/set-up.md lists the rights it needs.\n',
  )
  await askSecret(questions, 'SUPABASE_ACCESS_TOKEN', 'Access token (empty: none)', { optional: true })
  return valueKnown(questions, 'SUPABASE_ACCESS_TOKEN') !== undefined
}

/** What `backup.sh --check` would find with these values. */
async function tryProject(values: Values, environment: Environment): Promise<Condition[]> {
  try {
    const config = await configOf(values, environment)
    const context = { config, log: silentLog, signal: new AbortController().signal }
    const conditions: Condition[] = []
    const isConfigured = ({ configuration }: Component) => configuration.missing(config) === undefined
    const configured = components.filter(isConfigured)
    // What another component has in it already is no part of a backup of both.
    for (const { within, preflight } of configured)
      if (!configured.some(({ name }) => name === within)) conditions.push(...(await preflight(context)))
    return conditions
  } catch (thrown) {
    return [failedCondition('configuration', toBackupError(thrown, 'configure'))]
  }
}

/** The values read the way every run reads them: from an env file. */
async function configOf(values: Values, environment: Environment): Promise<Config> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-'))
  try {
    const envFile = join(folder, 'try.env')
    // What it prints is among the values.
    await writeFile(envFile, setVariables('', { ...values, SECRETS_COMMAND: '' }), { mode: 0o600 })
    const project = await loadProject({
      envFile,
      environment,
      needed: asked.map(({ name }) => name),
      reading: true,
    })
    return loadConfig(project.values, environment)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
