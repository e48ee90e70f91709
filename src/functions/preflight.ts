import { plural } from '../common/units.ts'
import type { Config } from '../config/config.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { openOriginBriefly } from '../project/project.ts'
import type { FunctionsApi } from './api.ts'
import { openFunctionsOf } from './open.ts'
import { readSecretsFile } from './secret-values.ts'
import { isReadable } from './source.ts'

/** May the access token read what a backup of the functions reads, route by route? */
export async function checkFunctions({ config }: { config: Config }): Promise<Condition[]> {
  const subject = 'functions'
  let api: FunctionsApi
  try {
    api = openFunctionsOf(openOriginBriefly(config), { retry: { retries: 1 } })
  } catch (error) {
    return [failedCondition(subject, error)]
  }
  try {
    const sources = await checkSources(api)
    return api.sharesFiles ? [sources] : [sources, await checkSecrets(api, config)]
  } finally {
    await api.close()
  }
}

async function checkSources(api: FunctionsApi): Promise<Condition> {
  const subject = 'functions'
  try {
    const listed = await api.list()
    const [first] = listed
    if (first) await isReadable(api, first)
    return { status: 'OK', subject, text: `${plural(listed.length, 'function')}, whose sources can be read` }
  } catch (error) {
    return failedCondition(subject, error)
  }
}

/** Without them a backup is degraded, and no more than that. */
async function checkSecrets(api: FunctionsApi, { FUNCTION_SECRETS_FILE: file }: Config): Promise<Condition> {
  const subject = 'function secrets'
  try {
    const secrets = await api.secrets()
    const values = file === undefined ? undefined : await readSecretsFile(file)
    const known = secrets.filter(({ name }) => values && name in values).length
    const told = values === undefined ? '' : `, of which FUNCTION_SECRETS_FILE has ${known}`
    return { status: 'OK', subject, text: `${plural(secrets.length, 'name')} can be read${told}` }
  } catch (error) {
    return failedCondition(subject, error)
  }
}
