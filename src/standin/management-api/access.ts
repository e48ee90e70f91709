import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ApiFault, type Handler, ok } from './exchange.ts'
import type { ProjectState } from './project-state.ts'

/** Sets the password of a login role in the project's database, for so many seconds. */
export type GrantLogin = (login: { role: string; password: string; seconds: number }) => Promise<void>

/** Makes Database Webhooks in the database of a project. */
export type EnableWebhooks = (ref: string) => Promise<void>

/** Has the database of a project use another root key. */
export type UseRootKey = (key: string) => Promise<void>

const loginSeconds = 300

export function shownProject({ ref, name, region, status, domain, postgresVersion }: ProjectState) {
  return {
    ...{ id: ref, ref, organization_id: 'sandbox', organization_slug: 'sandbox', name, region, status },
    database: {
      host: `db.${ref}.${domain}`,
      version: postgresVersion,
      postgres_engine: postgresVersion.split('.')[0] ?? '',
      release_channel: 'ga',
    },
    created_at: '2026-01-01T00:00:00Z',
  }
}

export const getProject: Handler = ({ project }) => ok(shownProject(project))

export const health: Handler = ({ project, query }) =>
  ok(
    query.getAll('services').map((name) => ({
      name,
      healthy: project.status === 'ACTIVE_HEALTHY',
      status: project.status === 'ACTIVE_HEALTHY' ? 'ACTIVE_HEALTHY' : 'UNHEALTHY',
    })),
  )

export const readonly: Handler = () =>
  ok({ enabled: false, override_enabled: false, override_active_until: '' })

export const pooler: Handler = ({ project: { ref, pooler: at, poolerSettings } }) => {
  const connection = `postgresql://${at.user}:[YOUR-PASSWORD]@${at.host}:${at.port}/postgres`
  return ok([
    {
      ...{ identifier: ref, database_type: 'PRIMARY', db_user: at.user, db_host: at.host },
      ...{ db_port: at.port, db_name: 'postgres', connection_string: connection, ...poolerSettings },
      ...{ max_client_conn: null, is_using_scram_auth: true },
      connectionString: connection,
    },
  ])
}

const loginSchema = z.object({ read_only: z.boolean() })

/** Rotates the password of the project's one login role of that kind. */
export const createLogin =
  (grant: GrantLogin | undefined): Handler =>
  async ({ json }) => {
    const { read_only: readOnly } = loginSchema.parse(await json())
    const role = readOnly ? 'cli_login_supabase_read_only_user' : 'cli_login_postgres'
    const password = randomBytes(24).toString('base64url')
    await grant?.({ role, password, seconds: loginSeconds })
    return { status: 201, body: { role, password, ttl_seconds: loginSeconds } }
  }

export const expireLogins =
  (grant: GrantLogin | undefined): Handler =>
  async () => {
    for (const role of ['cli_login_postgres', 'cli_login_supabase_read_only_user'])
      await grant?.({ role, password: randomBytes(24).toString('base64url'), seconds: 0 })
    return ok({ message: 'ok' })
  }

export const bans: Handler = ({ project }) => ({
  status: 201,
  body: { banned_ipv4_addresses: project.bannedAddresses },
})

export const unban: Handler = async ({ project, json }) => {
  const { ipv4_addresses: addresses } = z.object({ ipv4_addresses: z.array(z.string()) }).parse(await json())
  project.bannedAddresses = project.bannedAddresses.filter((address) => !addresses.includes(address))
  return { status: 200 }
}

/** The legacy keys are always shown; of a secret key only the beginning, unless it is asked for. */
export const apiKeys: Handler = ({ project: { apiKeys: keys }, query }) => {
  const shown = (key: string) => (query.get('reveal') === 'true' ? key : `${key.slice(0, 16)}··········`)
  const role = (name: string) => ({ secret_jwt_template: { role: name } })
  return ok([
    { id: 'anon', name: 'anon', type: 'legacy', api_key: keys.anon },
    { id: 'service_role', name: 'service_role', type: 'legacy', api_key: keys.serviceRole },
    ...(keys.publishable === undefined
      ? []
      : [{ id: randomUUID(), name: 'default', type: 'publishable', api_key: keys.publishable }]),
    ...(keys.secret === undefined
      ? []
      : [
          {
            ...{ id: randomUUID(), name: 'default', type: 'secret', api_key: shown(keys.secret) },
            ...role('service_role'),
          },
        ]),
  ])
}

export const getRootKey: Handler = ({ project }) => ok({ root_key: project.rootKey })

export const putRootKeyWith =
  (use: UseRootKey | undefined): Handler =>
  async ({ project, json }) => {
    const { root_key: key } = z.object({ root_key: z.string() }).parse(await json())
    if (!/^[0-9a-f]{64}$/i.test(key))
      throw new ApiFault(400, 'Expected a 32 byte secret, hex-encoded (64 characters).')
    await use?.(key)
    project.rootKey = key
    return ok({ root_key: key })
  }

export const enableWebhooksWith =
  (enable: EnableWebhooks | undefined): Handler =>
  async ({ project }) => {
    await enable?.(project.ref)
    project.webhooksEnabled = true
    return { status: 201 }
  }

export const backups: Handler = ({ project }) =>
  ok({
    region: project.region,
    pitr_enabled: false,
    walg_enabled: true,
    backups: [],
    physical_backup_data: {},
  })
