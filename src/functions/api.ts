import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { z } from 'zod'
import { BackupError, ExitCode } from '../common/errors.ts'
import { type HttpClient, jsonExchange } from '../http/client.ts'
import { HttpError } from '../http/error.ts'
import type { ProjectApi } from '../management-api/client.ts'
import { createManagementClient, type ManagementClientOptions } from '../management-api/client.ts'
import { asApiErrors, projectPath, requireAwake } from '../management-api/project.ts'
import { NoSources } from './errors.ts'
import type { FolderPlan } from './folder-plan.ts'
import type { FunctionSource } from './index-file.ts'
import { type ListedFunction, listedSchema } from './listed.ts'
import { corrupt, formOf, type Part, parseMultipart } from './multipart.ts'
import { staticPatterns } from './static-patterns.ts'

const secretSchema = z.looseObject({ name: z.string(), value: z.string(), updated_at: z.string().optional() })
/** A secret's name; `value` is the SHA-256 of its value, which the platform never gives out. */
type ListedSecret = z.output<typeof secretSchema>

/** What a scoped access token needs for a route, as the API's description names it. */
const privileges = {
  read: 'edge_functions_read',
  write: 'edge_functions_write',
  readSecrets: 'edge_functions_secrets_read',
  writeSecrets: 'edge_functions_secrets_write',
} as const

/** The routes of a project's functions. What goes wrong is told as a `BackupError`, except where it says another. */
export interface FunctionsApi {
  /** That they are files in one folder, as in a self-hosted stack: what lies beside them is shared by all, and how each is run not told. */
  readonly sharesFiles?: boolean
  /** Where they share files: what becomes of these functions there, all together. Asked before any of them is compared or deployed. */
  plan?(sources: readonly FunctionSource[]): Promise<FolderPlan>
  /** @throws BackupError PROJECT_PAUSED and the like: the list of functions is answered all the same then */
  requireAwake(): Promise<void>
  list(): Promise<ListedFunction[]>
  /**
   * A function's sources and the entrypoint that they are told with.
   * @throws NoSources where there is no such function any more, or the platform does not give its sources
   */
  body(slug: string): Promise<{ parts: Part[]; entrypoint: string | undefined }>
  /** Makes or replaces a function; with `bundleOnly`, what `publish` then takes up. */
  deploy(
    source: FunctionSource,
    files: ReadonlyMap<string, Buffer>,
    bundleOnly: boolean,
  ): Promise<ListedFunction>
  /** Makes functions of what was only bundled, all at once. */
  publish(bundles: readonly ListedFunction[]): Promise<void>
  /** One that is not there any more is no error. */
  remove(slug: string): Promise<void>
  /** But those that the platform sets itself. */
  secrets(): Promise<ListedSecret[]>
  setSecrets(secrets: readonly { name: string; value: string }[]): Promise<void>
  readonly counts: HttpClient['counts']
  close(): Promise<void>
}

export function openFunctionsApi(
  { endpoint, ref }: ProjectApi,
  options: Omit<ManagementClientOptions, 'endpoint'> = {},
): FunctionsApi {
  const client = createManagementClient({ endpoint, ...options })
  const path = (route: string) => projectPath(ref, route)
  const needing = <Result>(privilege: string, ask: () => Promise<Result>) =>
    asApiErrors(ref, () => ask().catch((error: unknown) => Promise.reject(limited(error))), privilege)
  return {
    async requireAwake() {
      await requireAwake(client, ref)
    },
    list: () =>
      needing(privileges.read, () =>
        client.call({ method: 'GET', path: path('/functions') }, z.array(listedSchema)),
      ),
    body: (slug) => needing(privileges.read, () => fetchBody(client, path(`/functions/${slug}/body`))),
    deploy: (source, files, bundleOnly) =>
      needing(privileges.write, async () => {
        const { contentType, body } = formOf(metadataOf(source), files)
        const query = new URLSearchParams({ slug: source.slug, ...(bundleOnly && { bundleOnly: 'true' }) })
        const headers = { 'content-type': contentType }
        const exchange = { method: 'POST', path: path(`/functions/deploy?${query}`), headers, body } as const
        return client.call(exchange, listedSchema)
      }),
    publish: (bundles) =>
      needing(privileges.write, async () => {
        await client.call(jsonExchange('PUT', path('/functions'), bundles.map(publishable)), z.unknown())
      }),
    remove: (slug) =>
      needing(privileges.write, async () => {
        try {
          await discard(client, { method: 'DELETE', path: path(`/functions/${slug}`) })
        } catch (error) {
          if (!(error instanceof HttpError && error.kind === 'missing')) throw error
        }
      }),
    secrets: () =>
      needing(privileges.readSecrets, async () => {
        const all = await client.call({ method: 'GET', path: path('/secrets') }, z.array(secretSchema))
        return all.filter(({ name }) => !name.startsWith('SUPABASE_'))
      }),
    setSecrets: (secrets) =>
      needing(privileges.writeSecrets, () =>
        discard(client, jsonExchange('POST', path('/secrets'), secrets)),
      ),
    counts: client.counts,
    close: client.close,
  }
}

/** As many attempts as the policy allows, for what is answered with nothing. */
function discard(client: HttpClient, exchange: Parameters<HttpClient['send']>[0]): Promise<void> {
  return client.retrying(async () => {
    await (await client.send(exchange)).whole()
  })
}

const metadataSchema = z.looseObject({ deno2_entrypoint_path: z.string().optional() })

async function fetchBody(client: HttpClient, path: string): ReturnType<FunctionsApi['body']> {
  return client.retrying(async () => {
    const headers = { accept: 'multipart/form-data' }
    const answer = await client.send({ method: 'GET', path, headers }).catch((error: unknown) => {
      throw error instanceof HttpError && error.kind === 'missing' ? new NoSources(error.message) : error
    })
    const bytes = decoded(await answer.whole(), answer.header('content-encoding'))
    const type = answer.header('content-type') ?? ''
    if (!/^multipart\//i.test(type))
      throw new NoSources(`the platform gives no sources of it, but ${type || 'bytes without a type'}`)
    const parts = parseMultipart(bytes, type)
    const metadata = parts.find((part) => part.name === 'metadata' && part.path === undefined)
    const files = parts.filter((part) => part !== metadata)
    // Left out it would be missed by nobody.
    if (files.some(({ path }) => path === undefined))
      throw new NoSources('the platform gives a file of it without its path')
    return { parts: files, entrypoint: metadata && entrypointIn(metadata.content.toString('utf8')) }
  })
}

/** @throws HttpError where it is cut: another attempt may bring it whole; NoSources where nobody here can read it */
function decoded(bytes: Buffer, encoding = 'identity'): Buffer {
  const decode = decoders[encoding.toLowerCase()]
  if (decode === undefined) throw new NoSources(`the platform gives its sources encoded as ${encoding}`)
  try {
    return decode(bytes)
  } catch (cause) {
    throw corrupt('its compressed bytes cannot be read', cause)
  }
}

const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  ...{ identity: (bytes) => bytes, br: brotliDecompressSync, gzip: gunzipSync, 'x-gzip': gunzipSync },
  deflate: inflateSync,
}

function entrypointIn(text: string): string | undefined {
  try {
    return metadataSchema.parse(JSON.parse(text)).deno2_entrypoint_path
  } catch {
    return undefined
  }
}

function metadataOf(source: FunctionSource): Record<string, unknown> {
  const { name, verifyJwt, entrypoint, importMap, files } = source
  return {
    ...{ name, entrypoint_path: entrypoint, import_map_path: importMap ?? '', verify_jwt: verifyJwt },
    static_patterns: staticPatterns(files.map(({ path }) => path)),
  }
}

/** The fields that the API takes of what it answered to a bundle. */
function publishable(bundle: ListedFunction): Record<string, unknown> {
  const { id, slug, name, version, status, verify_jwt, entrypoint_path, import_map, import_map_path } = bundle
  const { ezbr_sha256, created_at } = bundle
  return {
    ...{ id, slug, name, version, status, verify_jwt, entrypoint_path, import_map, import_map_path },
    ...{ ezbr_sha256, created_at },
  }
}

/** The plan of an organization allows so many functions: nothing that another attempt cures. */
function limited(error: unknown): unknown {
  if (!(error instanceof HttpError) || error.status !== 402) return error
  return new BackupError({
    code: 'FUNCTIONS_LIMIT',
    message: 'The plan of the target’s organization allows no more functions.',
    detail: error.message,
    suggestion: 'Delete functions there, or change the plan in the Supabase dashboard.',
    phase: 'functions/deploy',
    exitCode: ExitCode.failed,
    cause: error,
  })
}
