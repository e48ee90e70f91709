import type { Config } from '../config/config.ts'
import { parseConnection, referenceOf } from '../database/connect/connection-string.ts'

/** The variables that describe a project, without their prefix (SUPABASE_ or TEST_SUPABASE_). */
const fields = [
  'PROJECT_REF',
  'URL',
  'STORAGE_URL',
  'DB_URL',
  'DB_PASSWORD',
  'DB_POOLER',
  'SERVICE_ROLE_KEY',
  'ACCESS_TOKEN',
  'API_URL',
  'FUNCTIONS_DIR',
  'STACK_ENV',
] as const
export type ProjectSettings = Partial<Record<(typeof fields)[number], string>>

/** The project that a configuration describes with one of the prefixes. */
export function settingsWith(prefix: 'SUPABASE' | 'TEST_SUPABASE', config: Config): ProjectSettings {
  const entries = fields.map((field) => [field, config[`${prefix}_${field}`]] as const)
  const settings: ProjectSettings = Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  const { API_URL: api, ...others } = settings
  // Without a token it leads nowhere.
  return others.ACCESS_TOKEN === undefined ? others : { ...others, API_URL: api ?? config.SUPABASE_API_URL }
}

/** Whether there is anything to connect to. */
export function isConfigured(settings: ProjectSettings): boolean {
  return settings.DB_URL !== undefined || settings.URL !== undefined || settings.PROJECT_REF !== undefined
}

/** Those of the fields that are not set, nor to be had by an access token. */
export function lackingFields(
  settings: ProjectSettings,
  wanted: readonly (keyof ProjectSettings)[],
): (keyof ProjectSettings)[] {
  const { PROJECT_REF: ref, ACCESS_TOKEN: token } = settings
  const asked = ref !== undefined && token !== undefined ? ['SERVICE_ROLE_KEY'] : []
  return wanted.filter((field) => settings[field] === undefined && !asked.includes(field))
}

/**
 * Every name by which the settings identify their project, the most telling first: its reference, as given or as found
 * in its addresses; for a self-hosted one the place of its database, the host of its API, the folder of its functions and the file of its settings.
 */
function identities({
  PROJECT_REF,
  URL: address,
  DB_URL: url,
  DB_PASSWORD: password,
  FUNCTIONS_DIR: folder,
  STACK_ENV: stack,
}: ProjectSettings): string[] {
  const connection = url === undefined ? undefined : parseConnection({ url, password }, 'project/settings')
  const api = address === undefined ? undefined : new URL(address).host
  return [
    PROJECT_REF,
    // A hosted pooler's own place says nothing: all projects of a region share it.
    connection && (referenceOf(connection) ?? `${connection.host}:${connection.port}/${connection.database}`),
    api && (/^([a-z]{20})\.supabase\.(?:co|com|red)$/.exec(api)?.[1] ?? api),
    folder,
    stack,
  ].filter((identity) => identity !== undefined)
}

/** What people call it, and type to confirm a restore over it: its project reference, or the place of a self-hosted one's database. */
export function projectReference(settings: ProjectSettings): string {
  return identities(settings)[0] ?? ''
}

/** Whether both describe the same project, be it by different means. */
export function sameProject(one: ProjectSettings, other: ProjectSettings): boolean {
  const known = identities(one)
  return identities(other).some((identity) => known.includes(identity))
}

/** Whether they name a project of the hosted platform, which gives no reference twice. */
export function isHosted(settings: ProjectSettings): boolean {
  return identities(settings).some((identity) => /^[a-z]{20}$/.test(identity))
}

const targetPrefix = 'TARGET_SUPABASE_'

/** What the scripts export for the restore's worker: `TARGET_SUPABASE_*`. */
export function targetVariables(settings: ProjectSettings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([field, value]) => [`${targetPrefix}${field}`, value]),
  )
}

/** The settings that the picker, or flags, chose: `TARGET_SUPABASE_*` of the environment. */
export function targetSettings(environment: NodeJS.ProcessEnv): ProjectSettings {
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name, value]) => name.startsWith(targetPrefix) && value)
      .map(([name, value]) => [name.slice(targetPrefix.length), value]),
  )
}
