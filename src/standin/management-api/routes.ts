import * as access from './access.ts'
import * as addons from './addons.ts'
import type { Handler } from './exchange.ts'
import * as functions from './functions.ts'
import * as providers from './providers.ts'
import * as secrets from './secrets.ts'
import * as settings from './settings.ts'

export interface Route {
  method: string
  /** Below `/v1/projects/<ref>`; `:slug` stands for a value. */
  path: string
  handle: Handler
}

function route(method: string, path: string, handle: Handler): Route {
  return { method, path, handle }
}

const functionRoutes: readonly Route[] = [
  route('GET', '/functions', functions.list),
  route('PUT', '/functions', functions.update),
  route('POST', '/functions/deploy', functions.deploy),
  route('GET', '/functions/:slug', functions.get),
  route('DELETE', '/functions/:slug', functions.remove),
  route('GET', '/functions/:slug/body', functions.body),
  route('GET', '/secrets', secrets.list),
  route('POST', '/secrets', secrets.set),
  route('DELETE', '/secrets', secrets.remove),
]

const settingRoutes: readonly Route[] = [
  route('GET', '/config/auth', settings.getAuth),
  route('PATCH', '/config/auth', settings.patchAuth),
  route('GET', '/config/auth/sso/providers', providers.listSso),
  route('POST', '/config/auth/sso/providers', providers.addSso),
  route('GET', '/config/auth/sso/providers/:provider', providers.getSso),
  route('PUT', '/config/auth/sso/providers/:provider', providers.changeSso),
  route('DELETE', '/config/auth/sso/providers/:provider', providers.removeSso),
  route('GET', '/config/auth/third-party-auth', providers.listThirdParty),
  route('POST', '/config/auth/third-party-auth', providers.addThirdParty),
  route('GET', '/config/auth/third-party-auth/:issuer', providers.getThirdParty),
  route('DELETE', '/config/auth/third-party-auth/:issuer', providers.removeThirdParty),
  route('GET', '/config/auth/signing-keys', addons.listSigningKeys),
  route('GET', '/postgrest', settings.getPostgrest),
  route('PATCH', '/postgrest', settings.patchPostgrest),
  route('GET', '/config/storage', settings.getStorage),
  route('PATCH', '/config/storage', settings.patchStorage),
  route('GET', '/config/realtime', settings.getRealtime),
  route('PATCH', '/config/realtime', settings.patchRealtime),
  route('GET', '/config/database/postgres', settings.getPostgres),
  route('PUT', '/config/database/postgres', settings.putPostgres),
  route('GET', '/ssl-enforcement', settings.getSsl),
  route('PUT', '/ssl-enforcement', settings.putSsl),
  route('GET', '/network-restrictions', settings.getNetwork),
  route('POST', '/network-restrictions/apply', settings.applyNetwork),
]

/** The routes of one project. Paths and statuses are those of the API's description. */
export function routesOf({
  grantLogin: grant,
  enableWebhooks,
  useRootKey,
}: {
  grantLogin?: access.GrantLogin | undefined
  enableWebhooks?: access.EnableWebhooks | undefined
  useRootKey?: access.UseRootKey | undefined
}): Route[] {
  return [
    route('GET', '', access.getProject),
    route('GET', '/health', access.health),
    route('GET', '/readonly', access.readonly),
    route('GET', '/config/database/pooler', access.pooler),
    route('PATCH', '/config/database/pooler', addons.patchPooler),
    route('GET', '/config/database/pgbouncer', addons.getPgbouncer),
    route('POST', '/cli/login-role', access.createLogin(grant)),
    route('DELETE', '/cli/login-role', access.expireLogins(grant)),
    route('POST', '/network-bans/retrieve', access.bans),
    route('DELETE', '/network-bans', access.unban),
    route('GET', '/api-keys', access.apiKeys),
    route('GET', '/api-keys/legacy', addons.getLegacyKeys),
    route('GET', '/custom-hostname', addons.getHostname),
    route('GET', '/vanity-subdomain', addons.getVanity),
    route('GET', '/config/disk', addons.getDisk),
    route('GET', '/config/disk/autoscale', addons.getAutoscale),
    route('GET', '/pgsodium', access.getRootKey),
    route('PUT', '/pgsodium', access.putRootKeyWith(useRootKey)),
    route('POST', '/database/webhooks/enable', access.enableWebhooksWith(enableWebhooks)),
    route('GET', '/database/backups', access.backups),
    ...functionRoutes,
    ...settingRoutes,
  ]
}

/** The route and the values of its path. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  const segments = path.split('/')
  for (const route of routes) {
    const wanted = route.path.split('/')
    if (route.method !== method || wanted.length !== segments.length) continue
    const params: Record<string, string> = {}
    const fits = wanted.every((segment, index) => {
      const given = segments[index] ?? ''
      if (!segment.startsWith(':')) return segment === given
      params[segment.slice(1)] = decodeURIComponent(given)
      return given !== ''
    })
    if (fits) return { route, params }
  }
  return undefined
}
