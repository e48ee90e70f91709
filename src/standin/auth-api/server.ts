import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '../listen.ts'
import { UserTable } from './user-table.ts'
import { AuthFault, createUser, parametersSchema, shownUser, updateUser } from './users.ts'

/** What befalls a request before it is answered; the first that takes one is it. */
interface Fault {
  method?: string
  /** The end of the path. */
  path?: string
  /** How often; default once. */
  times?: number
  status: number
  headers?: Record<string, string>
  /** In place of an answer the connection is cut. */
  cut?: boolean
  /** What happens then, e.g. that a user comes or goes; the request is answered as if nothing had been. */
  before?: () => void
}

/** A running stand-in of an auth service's admin API. */
export interface AuthApi {
  url: string
  serviceRoleKey: string
  users: UserTable
  faults: Fault[]
  /** What was asked, e.g. `GET /admin/users?page=1&per_page=50`. */
  requests: string[]
  stop(): Promise<void>
}

/** As many as the service gives where nothing is said. */
const defaultPerPage = 50

/**
 * Starts a stand-in of GoTrue's admin API, over users in memory: pages by position, newest first unless told, lists without identities and
 * factors, merges metadata, and makes only what the real one makes.
 */
export async function startAuthApi(
  options: { host?: string; serviceRoleKey?: string; recording?: boolean } = {},
): Promise<AuthApi> {
  const { serviceRoleKey = 'sb_secret_of_the_stand_in', recording = false } = options
  const users = new UserTable()
  const faults: Fault[] = []
  const requests: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand.in')
    if (recording) requests.push(`${request.method} ${url.pathname}${url.search}`)
    answer({ request, response, url, users, faults, serviceRoleKey }).catch((error: unknown) =>
      refuse(response, error),
    )
  })
  const { address, stop } = await listen(server, options)
  return { ...{ url: address, serviceRoleKey, users, faults, requests }, stop }
}

interface Asked {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  users: UserTable
  faults: Fault[]
  serviceRoleKey: string
}

async function answer(asked: Asked): Promise<void> {
  const { request, response, url, users, serviceRoleKey } = asked
  const { method = 'GET' } = request
  const body = (await buffer(request)).toString('utf8')
  if (befall(asked)) return
  const key = request.headers['authorization']
  if (key === undefined) throw new AuthFault(401, 'no_authorization', 'This endpoint requires a Bearer token')
  if (key !== `Bearer ${serviceRoleKey}`) throw new AuthFault(403, 'not_admin', 'User not allowed')
  const [, path = '', , id] = /^((?:\/auth\/v1)?\/admin\/users)(\/([^/]+))?$/.exec(url.pathname) ?? []
  if (path === '') throw new AuthFault(404, 'unknown', 'not found')
  if (id === undefined) {
    if (method === 'GET') return list(asked)
    const user = createUser(users, parametersSchema.parse(JSON.parse(body)))
    users.set(user.id, user)
    return send(response, 200, shownUser(user, false))
  }
  const user = users.get(id)
  if (user === undefined) throw new AuthFault(404, 'user_not_found', 'User not found')
  if (method === 'DELETE') {
    users.delete(id)
    return send(response, 200, {})
  }
  if (method === 'PUT') updateUser(users, user, parametersSchema.parse(JSON.parse(body)))
  send(response, 200, shownUser(user, false))
}

function list({ response, url, users }: Asked): void {
  const page = Number(url.searchParams.get('page') || 1)
  const perPage = Number(url.searchParams.get('per_page') || defaultPerPage)
  const ofAudience = users.inOrder().filter(({ aud }) => aud === 'authenticated')
  const all = url.searchParams.get('sort') === 'created_at asc' ? ofAudience : ofAudience.toReversed()
  const last = Math.ceil(all.length / perPage)
  const address = (number: number) => `<${url.pathname}?page=${number}&per_page=${perPage}>`
  const next = last > page ? `${address(page + 1)}; rel="next", ` : ''
  response.setHeader('link', `${next}${address(last)}; rel="last"`)
  response.setHeader('x-total-count', String(all.length))
  const shown = all.slice((page - 1) * perPage, page * perPage).map((user) => shownUser(user, true))
  send(response, 200, { users: shown, aud: 'authenticated' })
}

/** Whether a fault has taken the request. */
function befall({ request, response, url, faults }: Asked): boolean {
  const fault = faults.find(
    ({ method, path }) =>
      (method === undefined || method === request.method) &&
      (path === undefined || `${url.pathname}${url.search}`.includes(path)),
  )
  if (fault === undefined) return false
  fault.times = (fault.times ?? 1) - 1
  if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1)
  if (fault.before !== undefined) {
    fault.before()
    return false
  }
  if (fault.cut) {
    request.socket.destroy()
    return true
  }
  for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value)
  throw new AuthFault(fault.status, 'unexpected_failure', 'A fault of the stand-in')
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, code, message } =
    error instanceof AuthFault
      ? error
      : { status: 400, code: 'bad_json', message: error instanceof Error ? error.message : String(error) }
  // As it answers who names the version of 2024-01-01, which supabase-js does.
  response.setHeader('x-supabase-api-version', '2024-01-01')
  response.setHeader('x-sb-error-code', code)
  send(response, status, { code, message })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
