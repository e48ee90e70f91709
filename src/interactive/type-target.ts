import { input, password } from '@inquirer/prompts'
import { BackupError } from '../common/errors.ts'
import { addSecrets } from '../common/redact.ts'
import { findComponent } from '../components/list.ts'
import { parseConnection } from '../database/connect/connection-string.ts'
import { type ProjectSettings, projectReference, sameProject } from '../project/settings.ts'
import type { Target } from './target.ts'
import { answer, type Terminal } from './terminal.ts'

const accessToken = 'Access token of the Management API:'
const referencePattern = /^[a-z]{20}$/

/** Asks for everything that a restore into a project needs; what is secret is not shown. */
export async function typeTarget(options: {
  /** A project that may not be the target, by whatever name. */
  refused: ProjectSettings | undefined
  components: readonly string[]
  terminal: Terminal
}): Promise<Target> {
  const { refused, components, terminal } = options
  const place = await answer(
    input(
      { message: 'Project reference, or the API address of a self-hosted one:', validate: validPlace },
      terminal,
    ),
  )
  const address: ProjectSettings = referencePattern.test(place)
    ? { PROJECT_REF: place, URL: `https://${place}.supabase.co` }
    : { URL: place.replace(/\/+$/, '') }
  const settings: ProjectSettings = { ...address, STORAGE_URL: `${address.URL}/storage/v1` }
  const validate = (url: string) => validConnection({ ...settings, DB_URL: url }, refused)
  const needed = new Set(components.flatMap((name) => findComponent(name)?.configuration.target ?? []))
  if (needed.has('DB_URL'))
    Object.assign(settings, await wayToDatabase(settings.PROJECT_REF !== undefined, validate, terminal))
  else {
    // With a connection the rows get their ids, owners and times as well.
    const question = 'Connection string (session pooler, with its password; empty to do without):'
    const url = await secret(question, (typed) => typed === '' || validate(typed), terminal)
    if (url !== '') settings.DB_URL = url
  }
  if (needed.has('SERVICE_ROLE_KEY'))
    settings.SERVICE_ROLE_KEY = await secret('Secret API key or service_role key:', notEmpty, terminal)
  // Only a hosted project has what that leads to, and what needs it may be left as it is.
  if (
    needed.has('ACCESS_TOKEN') &&
    settings.PROJECT_REF !== undefined &&
    settings.ACCESS_TOKEN === undefined
  ) {
    const token = await secret(`${accessToken.slice(0, -1)} (empty to do without):`, () => true, terminal)
    if (token !== '') settings.ACCESS_TOKEN = token
  }
  return { kind: 'typed', name: projectReference(settings), settings }
}

/** A hosted project's is also reached by an access token. */
async function wayToDatabase(
  isHosted: boolean,
  validate: (url: string) => true | string,
  terminal: Terminal,
): Promise<ProjectSettings> {
  const question = `Connection string (session pooler, with its password${isHosted ? '; empty to use an access token' : ''}):`
  const url = await secret(question, (typed) => (isHosted && typed === '') || validate(typed), terminal)
  if (url !== '') return { DB_URL: url }
  return { ACCESS_TOKEN: await secret(accessToken, notEmpty, terminal) }
}

async function secret(
  message: string,
  validate: (value: string) => true | string,
  terminal: Terminal,
): Promise<string> {
  const value = (
    await answer(password({ message, mask: '*', validate: (typed) => validate(typed.trim()) }, terminal))
  ).trim()
  addSecrets([value])
  return value
}

function validPlace(value: string): true | string {
  if (referencePattern.test(value)) return true
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return true
  return 'Type the 20 lower-case letters of the project reference, or an http(s) address.'
}

function validConnection(settings: ProjectSettings, refused: ProjectSettings | undefined): true | string {
  try {
    parseConnection({ url: settings.DB_URL }, 'interactive/target')
    return refused && sameProject(settings, refused)
      ? 'That is the project the backup was taken from. A restore over it has to be asked for with --over-source.'
      : true
  } catch (error) {
    if (error instanceof BackupError) return `${error.message} ${error.suggestion}`
    throw error
  }
}

function notEmpty(value: string): true | string {
  return value === '' ? 'This is needed for the chosen components.' : true
}
