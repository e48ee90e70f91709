import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { listen } from '../listen.ts'
import { type EnableWebhooks, type GrantLogin, shownProject, type UseRootKey } from './access.ts'
import { ApiFault, type Reply } from './exchange.ts'
import { newProjectState, type ProjectState } from './project-state.ts'
import { findRoute, routesOf } from './routes.ts'

export interface ManagementApiOptions {
  /** What is taken as `Authorization: Bearer`. */
  token: string
  /** A loopback address; default 127.0.0.1. */
  host?: string | undefined
  /** Default: any free port. */
  port?: number | undefined
  /** Where the login roles are; without it their passwords are good for nothing. */
  grantLogin?: GrantLogin | undefined
  /** Makes what Database Webhooks are made of in the project's database. */
  enableWebhooks?: EnableWebhooks | undefined
  /** Has the project's database use another root key; without it none does. */
  useRootKey?: UseRootKey | undefined
}

/** What befalls a request before it is answered; the first that takes one is it. */
interface Fault {
  method?: string
  /** The end of the path. */
  path?: string
  /** How often; default once. */
  times?: number
  /** Default 500. */
  status?: number
  message?: string
  headers?: Record<string, string>
  /** In place of an answer the connection is cut. */
  cut?: boolean
  /** The answer is given, but its bytes end in the middle. */
  shortened?: boolean
}

export interface ManagementApi {
  url: string
  projects: Map<string, ProjectState>
  /** Makes a project. */
  add(fields: Pick<ProjectState, 'ref'> & Partial<ProjectState>): Promise<ProjectState>
  /** Those to come, in their order. */
  faults: Fault[]
  /** What was asked, e.g. `GET /v1/projects`. */
  requests: string[]
  /** What was sent as JSON, and with which of these requests. */
  sent: { request: string; body: unknown }[]
  stop(): Promise<void>
}

const perMinute = 120

/**
 * Starts a stand-in of the Management API: what its description and the recorded exchanges say, for the routes that a
 * backup needs, over projects in memory.
 */
export async function startManagementApi(options: ManagementApiOptions): Promise<ManagementApi> {
  const projects = new Map<string, ProjectState>()
  const routes = routesOf(options)
  const faults: Fault[] = []
  const requests: string[] = []
  const sent: ManagementApi['sent'] = []

  async function answer(request: IncomingMessage, url: URL, method: string): Promise<Reply> {
    if (request.headers.authorization !== `Bearer ${options.token}`) throw new ApiFault(401, 'Unauthorized')
    if (method === 'GET' && url.pathname === '/v1/projects')
      return { status: 200, body: [...projects.values()].map(shownProject) }
    const [, ref = '', path = ''] = /^\/v1\/projects\/([^/]+)(.*)$/.exec(url.pathname) ?? []
    const project = projects.get(ref)
    if (project === undefined) throw new ApiFault(404, 'Project not found')
    const found = findRoute(routes, method, path)
    if (found === undefined) throw new ApiFault(404, `Cannot ${method} ${url.pathname}`)
    return found.route.handle({
      ...{ project, params: found.params, query: url.searchParams, accept: request.headers.accept ?? '' },
      async json() {
        const body = await readJson(request)
        sent.push({ request: `${method} ${url.pathname}`, body })
        return body
      },
      form: () => readForm(request),
    })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET'
    const url = new URL(request.url ?? '/', 'http://standin')
    requests.push(`${method} ${url.pathname}${url.search}`)
    const fault = strike(faults, method, url.pathname)
    if (fault?.cut) return void request.socket.destroy()
    const reply =
      fault === undefined || fault.shortened
        ? await answer(request, url, method).catch(toReply)
        : refusalOf(fault)
    if (fault?.shortened) shorten(reply)
    request.resume()
    send(response, reply, { ...limitHeaders, ...fault?.headers })
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  const { address, stop } = await listen(server, options)
  return {
    url: address,
    projects,
    async add(fields) {
      const project = await newProjectState(fields)
      projects.set(project.ref, project)
      return project
    },
    faults,
    requests,
    sent,
    stop,
  }
}

function refusalOf({ status = 500, message = 'fault' }: Fault): Reply {
  return { status, body: { message } }
}

function shorten({ bytes }: Reply): void {
  if (bytes) bytes.content = bytes.content.subarray(0, bytes.content.length / 2)
}

const limitHeaders = {
  'x-ratelimit-limit': `${perMinute}`,
  'x-ratelimit-remaining': `${perMinute - 1}`,
  'x-ratelimit-reset': '60',
}

function strike(faults: Fault[], method: string, path: string): Fault | undefined {
  const index = faults.findIndex(
    (fault) => (fault.method ?? method) === method && path.endsWith(fault.path ?? ''),
  )
  const fault = faults[index]
  if (fault === undefined) return undefined
  fault.times = (fault.times ?? 1) - 1
  if (fault.times <= 0) faults.splice(index, 1)
  return fault
}

function send(
  response: ServerResponse,
  { status, body, bytes }: Reply,
  headers: Readonly<Record<string, string>>,
): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (bytes) response.setHeader('content-type', bytes.type).end(bytes.content)
  else if (body === undefined) response.end()
  else response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(body))
}

function toReply(error: unknown): Reply {
  if (error instanceof ApiFault) return { status: error.status, body: { message: error.message } }
  if (error instanceof z.ZodError)
    return {
      status: 400,
      body: { message: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) },
    }
  return { status: 500, body: { message: 'Internal Server Error' } }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = (await buffer(request)).toString('utf8')
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new ApiFault(400, 'Unexpected token in JSON')
  }
}

async function readForm(request: IncomingMessage): Promise<FormData> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  try {
    return await new Response(new Uint8Array(await buffer(request)), { headers }).formData()
  } catch {
    throw new ApiFault(400, 'Invalid multipart body')
  }
}
