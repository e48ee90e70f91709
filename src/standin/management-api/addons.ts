import { z } from 'zod'
import { ApiFault, type Handler, ok } from './exchange.ts'

/** What belongs to a project besides its settings, much of which is to be paid for. */

export const getHostname: Handler = ({ project: { customHostname: hostname } }) => {
  if (hostname === undefined) throw new ApiFault(404, 'Custom hostname config not found')
  const verification = { type: 'txt', name: `_cf-custom-hostname.${hostname}`, value: 'stand-in' }
  const result = {
    ...{ id: 'stand-in', hostname, custom_origin_server: 'stand-in', status: 'active' },
    ...{ ssl: { status: 'active', validation_records: [] }, ownership_verification: verification },
  }
  return ok({
    ...{ status: '5_services_reconfigured', custom_hostname: hostname },
    data: { success: true, errors: [], messages: [], result },
  })
}

export const getVanity: Handler = ({ project: { vanitySubdomain: domain } }) =>
  ok(domain === undefined ? { status: 'not-used' } : { status: 'active', custom_domain: domain })

export const getPgbouncer: Handler = ({ project }) =>
  ok({
    ...{ default_pool_size: 15, max_client_conn: 200, pool_mode: 'transaction' },
    ignore_startup_parameters: 'extra_float_digits',
    connection_string: `postgresql://postgres:[YOUR-PASSWORD]@db.${project.ref}.${project.domain}:6543/postgres`,
  })

export const getDisk: Handler = () => ok({ attributes: { type: 'gp3', size_gb: 8, iops: 3000 } })

export const getAutoscale: Handler = () =>
  ok({ growth_percent: null, min_increment_gb: null, max_size_gb: null })

export const listSigningKeys: Handler = ({ project }) => ok({ keys: project.signingKeys })

export const getLegacyKeys: Handler = () => ok({ enabled: true })

const poolerBody = z.object({
  default_pool_size: z.number().int().nullish(),
  pool_mode: z.enum(['transaction', 'session']).optional(),
})

export const patchPooler: Handler = async ({ project, json }) => {
  const { default_pool_size: size, pool_mode: mode } = poolerBody.parse(await json())
  if (size !== undefined) project.poolerSettings.default_pool_size = size
  if (mode !== undefined) project.poolerSettings.pool_mode = mode
  return ok(project.poolerSettings)
}
