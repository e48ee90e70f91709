import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { z } from 'zod'
import { listen } from '../listen.ts'
import {
  identify,
  isDecodable,
  refuseRequest,
  refuseRoute,
  refuseUrl,
  splitUrl,
  type Url,
} from './admission.ts'
import { type BackendName, backends } from './backends.ts'
import { openDatabase } from './database.ts'
import { errors, toStorageError } from './errors.ts'
import { header, json, type Limits, type Reply, type Services } from './exchange.ts'
import { type Faults, planFaults } from './faults.ts'
import { openFileStore } from './files.ts'
import { type RequestLog, recordRequests } from './requests.ts'
import { openResumableUploads } from './resumable-uploads.ts'
import { findRoute, type Match } from './routes.ts'
import { sendResponse } from './send-response.ts'
import { signToken } from './tokens.ts'
import { underFaults } from './under-faults.ts'

export interface StorageApiOptions {
  /** As the superuser or as `supabase_storage_admin`. */
  databaseUrl: string
  /** Where the bytes lie. */
  directory: string
  /** Signs and checks every key. */
  jwtSecret: string
  /** Default: any free port. */
  port?: number | undefined
  /** Default: loopback. */
  host?: string | undefined
  /** The path the service is under: a gateway's `/storage/v1` (default), or empty for a bare server. */
  prefix?: string | undefined
  limits?: Limits | undefined
  /** What is behind the service: files as in the recording (default), or an object store as on the hosted platform. */
  backend?: BackendName | undefined
}

export interface StorageApi {
  /** With the prefix, e.g. `http://127.0.0.1:40123/storage/v1`. */
  url: string
  serviceRoleKey: string
  anonKey: string
  faults: Faults
  requests: RequestLog
  /** Where the bytes of an object lie now, for tests that remove or alter them behind the server's back. */
  pathOf(bucket: string, key: string): Promise<string>
  stop(): Promise<void>
}

/** The recorded service's limits in bytes: 500 MiB, and 50 MiB for a single request. */
const defaultLimits: Limits = { global: 524_288_000, standard: 52_428_800 }

/**
 * Starts a stand-in of the Supabase Storage service: its HTTP behaviour (recorded from release 1.11.2 with the file
 * backend) over the real tables of schema `storage`, with the bytes in files.
 */
export async function startStorageApi(options: StorageApiOptions): Promise<StorageApi> {
  const { directory, jwtSecret, prefix = '/storage/v1' } = options
  const database = openDatabase(options.databaseUrl)
  const files = await openFileStore(directory, backends[options.backend ?? 'file'])
  const uploads = await openResumableUploads(join(directory, 'uploads'))
  const services: Services = { database, files, uploads, limits: options.limits ?? defaultLimits }
  const faults = planFaults()
  const requests = recordRequests()

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? ''
    const url = splitUrl(request.url ?? '', prefix)
    const match = url && isDecodable(url.path) ? findRoute(method, url.path) : undefined
    const { bucket = '', key = '' } = match?.params ?? {}
    const target = { method, route: match?.name, bucket, key }
    let [status, sent] = [0, 0]
    requests.begin()
    try {
      const striking = faults.strike(target)
      const reply = await underFaults(striking, request, () =>
        respond({ services, jwtSecret, prefix, request, url, match }),
      )
      if (!reply) return
      status = reply.status
      sent = await sendResponse(response, reply, striking)
    } finally {
      requests.end({ ...target, status, sent })
      if (status === 0) request.socket.resetAndDestroy()
    }
  }

  const server = createServer({ keepAliveTimeout: 61_000, requestTimeout: 0 }, (request, response) => {
    // The caller has gone; the log has the request all the same.
    serve(request, response).catch(() => response.destroy())
  })
  server.on('clientError', refuseRequest)
  const { address, stop } = await listen(server, options)
  return {
    url: `${address}${prefix}`,
    serviceRoleKey: signToken({ role: 'service_role' }, jwtSecret),
    anonKey: signToken({ role: 'anon' }, jwtSecret),
    faults,
    requests,
    async pathOf(bucket, key) {
      const [row] = await database.query(
        z.object({ version: z.string() }),
        'select version from storage.objects where bucket_id = $1 and name = $2',
        [bucket, key],
      )
      if (!row) throw errors.noSuchKey()
      return files.path({ bucket, key, version: row.version })
    },
    async stop() {
      await stop()
      await database.close()
    },
  }
}

/** What the route that was found answers, without faults. */
async function respond(asked: {
  services: Services
  jwtSecret: string
  prefix: string
  request: IncomingMessage
  url: Url | undefined
  match: Match | undefined
}): Promise<Reply> {
  const { services, request, url, match } = asked
  if (url && !isDecodable(url.path)) return refuseUrl(url.path)
  if (!url || !match) return refuseRoute(request, url?.path ?? '')
  try {
    const { params, access, handle } = match
    const base = `http://${header(request, 'host')}${asked.prefix}`
    const caller = identify(request, access, asked.jwtSecret)
    return await handle({ ...services, ...caller, request, params, query: url.query, base })
  } catch (thrown) {
    const error = toStorageError(thrown)
    return json(error, error.httpStatus)
  }
}
