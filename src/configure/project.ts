import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toBackupError } from '../common/errors.ts'
import { silentLog } from '../common/log.ts'
import { components } from '../components/list.ts'
import type { Environment } from '../config/directories.ts'
import { type Config, loadConfig, loadProject } from '../config/load.ts'
import type { Values } from '../config/sources.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { setVariables } from './env-file.ts'
import { askSecret, askText, askYesOrNo, type Questions } from './questions.ts'
import { readStack } from './stack.ts'

/** The components whose settings the questions are about. */
const asked = components.filter(({ configuration }) => !configuration.optional)

/** Asks which project it is and how it is reached, and tries that, until it works or the operator goes on regardless. */
export async function askProject(questions: Questions, environment: Environment): Promise<void> {
  const { terminal } = questions
  for (;;) {
    const isHosted = await askAddress(questions, environment)
    await askSecret(
      questions,
      'SUPABASE_DB_URL',
      isHosted
        ? 'Connection string of the session pooler, with the password (dashboard, Connect)'
        : "Connection string of PostgreSQL, or of the pooler's session port as postgres.TENANT, with the password",
    )
    await askSecret(
      questions,
      'SUPABASE_SERVICE_ROLE_KEY',
      isHosted
        ? 'Secret API key or service_role key (dashboard, Project Settings, API Keys)'
        : 'Secret API key (SERVICE_ROLE_KEY of its .env)',
    )
    terminal.output.write('  Trying to reach the project ...\n')
    const conditions = await tryProject(questions.values, environment)
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
    questions.values['SUPABASE_URL'] !== undefined && !questions.values['SUPABASE_PROJECT_REF']
  if (await askYesOrNo(questions, 'Is it a project on supabase.com?', !isSelfHosted)) {
    await askText(
      questions,
      'SUPABASE_PROJECT_REF',
      'Project reference (the 20 letters in its dashboard address):',
    )
    Object.assign(questions.values, { SUPABASE_URL: '', SUPABASE_STORAGE_URL: '' })
    return true
  }
  await askText(questions, 'SUPABASE_URL', 'Address of its API, or path of the .env of its Docker set-up:', {
    instead: async (typed) => (/^[/~]/.test(typed) ? readStack(typed, environment) : undefined),
  })
  await askText(
    questions,
    'SUPABASE_STORAGE_URL',
    'Address of its Storage API, if another than API address/storage/v1:',
    {
      optional: true,
    },
  )
  questions.values['SUPABASE_PROJECT_REF'] = ''
  return false
}

/** What `backup.sh --check` would find with these values. */
async function tryProject(values: Values, environment: Environment): Promise<Condition[]> {
  try {
    const config = await configOf(values, environment)
    const conditions: Condition[] = []
    for (const component of asked)
      conditions.push(
        ...(await component.preflight({ config, log: silentLog, signal: new AbortController().signal })),
      )
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
    await writeFile(envFile, setVariables('', values), { mode: 0o600 })
    const project = await loadProject({
      envFile,
      environment,
      needed: asked.map(({ name }) => name),
      reading: true,
    })
    return loadConfig(project.values)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
