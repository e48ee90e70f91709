import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { ApiFault, type Call, type Handler, ok } from './exchange.ts'
import type { Settings } from './project-state.ts'

const object = z.record(z.string(), z.unknown())

/** Fields of the auth settings that hold secrets: the API shows a digest of them, keyed by the project. */
const secretField = /(_secret|_secrets|_pass|auth_token|access_key|api_key|api_secret)$/

function shownAuth({ project }: Call): Settings {
  return Object.fromEntries(
    Object.entries(project.auth).map(([name, value]) => [
      name,
      secretField.test(name) && typeof value === 'string' && value !== ''
        ? createHmac('sha256', project.ref).update(value).digest('hex')
        : value,
    ]),
  )
}

function refuseUnknown(change: Settings, known: Settings): void {
  const unknown = Object.keys(change).find((name) => !(name in known))
  if (unknown !== undefined) throw new ApiFault(400, `Unrecognized key: ${unknown}`)
}

export const getAuth: Handler = (call) => ok(shownAuth(call))

export const patchAuth: Handler = async (call) => {
  const change = object.parse(await call.json())
  refuseUnknown(change, call.project.auth)
  Object.assign(call.project.auth, change)
  return ok(shownAuth(call))
}

/** Of PostgREST's settings all but the secret may be set. */
export const getPostgrest: Handler = ({ project }) => ok(project.postgrest)

export const patchPostgrest: Handler = async ({ project, json }) => {
  const { db_schema, max_rows, db_extra_search_path, db_pool } = object.parse(await json())
  for (const [name, value] of Object.entries({ db_schema, max_rows, db_extra_search_path, db_pool }))
    if (value !== undefined) project.postgrest[name] = value
  const { jwt_secret: _, ...shown } = project.postgrest
  return ok(shown)
}

export const getStorage: Handler = ({ project }) => ok(project.storage)

export const patchStorage: Handler = async ({ project, json }) => {
  const { fileSizeLimit, features, external } = object.parse(await json())
  if (fileSizeLimit !== undefined) project.storage['fileSizeLimit'] = fileSizeLimit
  if (features !== undefined)
    project.storage['features'] = { ...object.parse(project.storage['features']), ...object.parse(features) }
  if (external !== undefined) project.storage['external'] = external
  return { status: 200 }
}

export const getRealtime: Handler = ({ project }) => ok(project.realtime)

export const patchRealtime: Handler = async ({ project, json }) => {
  const change = object.parse(await json())
  refuseUnknown(change, project.realtime)
  for (const [name, value] of Object.entries(change))
    if (value === null) throw new ApiFault(400, `${name}: Expected a value, received null`)
  Object.assign(project.realtime, change)
  return { status: 204 }
}

export const getPostgres: Handler = ({ project }) => ok(project.postgres)

/** Overrides are replaced as a whole. */
export const putPostgres: Handler = async ({ project, json }) => {
  const { restart_database: _, ...overrides } = object.parse(await json())
  project.postgres = overrides
  return ok(overrides)
}

const ssl = (enforced: boolean) => ({ currentConfig: { database: enforced }, appliedSuccessfully: true })

export const getSsl: Handler = ({ project }) => ok(ssl(project.sslEnforced))

export const putSsl: Handler = async ({ project, json }) => {
  const { requestedConfig } = z
    .object({ requestedConfig: z.object({ database: z.boolean() }) })
    .parse(await json())
  project.sslEnforced = requestedConfig.database
  return ok(ssl(project.sslEnforced))
}

const restrictions = ({ project }: Call) => ({
  entitlement: 'allowed',
  config: project.networkRestrictions,
  status: 'applied',
})

export const getNetwork: Handler = (call) => ok(restrictions(call))

export const applyNetwork: Handler = async (call) => {
  const wanted = z
    .object({
      dbAllowedCidrs: z.array(z.string()).optional(),
      dbAllowedCidrsV6: z.array(z.string()).optional(),
    })
    .parse(await call.json())
  call.project.networkRestrictions = {
    dbAllowedCidrs: wanted.dbAllowedCidrs ?? [],
    dbAllowedCidrsV6: wanted.dbAllowedCidrsV6 ?? [],
  }
  return { status: 201, body: restrictions(call) }
}
