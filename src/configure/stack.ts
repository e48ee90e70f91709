import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'dotenv'
import { type Environment, expandHome } from '../config/directories.ts'
import type { Values } from '../config/sources.ts'

/** What the compose file calls the database: a name that only its own network knows. */
const insideName = 'db'

/**
 * Our settings of a self-hosted project, by the `.env` of its Docker set-up (docker/.env.example of 2026-06): as answers that are offered.
 * Outside its own network the database is reached by the pooler's session port, as the user of its tenant.
 */
export function settingsOfStack(stack: Values): Values {
  const address = stack['SUPABASE_PUBLIC_URL'] || stack['API_EXTERNAL_URL']
  const url = address && URL.canParse(address) ? new URL(address) : undefined
  const database = databaseOf(stack, url?.hostname)
  return {
    ...(url && { SUPABASE_URL: url.origin }),
    ...(database && { SUPABASE_DB_URL: database }),
    ...(stack['SERVICE_ROLE_KEY'] && { SUPABASE_SERVICE_ROLE_KEY: stack['SERVICE_ROLE_KEY'] }),
  }
}

function databaseOf(stack: Values, publicName: string | undefined): string | undefined {
  const password = stack['POSTGRES_PASSWORD']
  const inside = (stack['POSTGRES_HOST'] || insideName) === insideName
  const host = inside ? publicName : stack['POSTGRES_HOST']
  if (!password || host === undefined) return undefined
  const tenant = inside ? stack['POOLER_TENANT_ID'] : undefined
  const user = encodeURIComponent(tenant ? `postgres.${tenant}` : 'postgres')
  const place = `${host}:${stack['POSTGRES_PORT'] || '5432'}/${stack['POSTGRES_DB'] || 'postgres'}`
  // On the machine itself nothing is between the two, and the set-up brings no certificate.
  const plain = /^(localhost|127\.\d+\.\d+\.\d+)$/.test(host) ? '?sslmode=disable' : ''
  return `postgresql://${user}:${encodeURIComponent(password)}@${place}${plain}`
}

/** What may be typed for the `.env` of a set-up: itself, its folder, or that of the checkout which has it. */
const placesOfEnv = ['', '.env', 'docker/.env']

/**
 * The settings in the `.env` at a path, that file itself, and the folder of functions that lies beside it; undefined where none of ours can be told
 * from it.
 * @param path of the file or its folder, from where the command was typed
 */
export async function readStack(path: string, environment: Environment): Promise<Values | undefined> {
  for (const place of placesOfEnv) {
    const file = resolve(expandHome(path, environment), place)
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return settingsAt(file, text)
  }
  return undefined
}

async function settingsAt(file: string, text: string): Promise<Values | undefined> {
  const settings = settingsOfStack(parse(text))
  if (settings['SUPABASE_URL'] === undefined) return undefined
  const functions = join(dirname(file), 'volumes/functions')
  const isThere = await stat(functions).then(
    (about) => about.isDirectory(),
    () => false,
  )
  return {
    ...settings,
    SUPABASE_STACK_ENV: file,
    ...(isThere && { SUPABASE_FUNCTIONS_DIR: functions }),
  }
}
