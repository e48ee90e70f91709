import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ApiFault, type Call, type Handler, ok } from './exchange.ts'
import type { DeployedFunction, ProjectState } from './project-state.ts'

const slugPattern = /^[A-Za-z][A-Za-z0-9_-]*$/

const metadataSchema = z.object({
  entrypoint_path: z.string(),
  import_map_path: z.string().optional(),
  static_patterns: z.array(z.string()).optional(),
  verify_jwt: z.boolean().optional(),
  name: z.string().optional(),
})

/** Where the platform unpacks the sources it was given. */
const sourceRoot = '/tmp/user_fn/source'

function shown(deployed: DeployedFunction) {
  const { id, slug, name, version, entrypoint, importMap } = deployed
  return {
    ...{ id, slug, name, version, status: 'ACTIVE' },
    created_at: deployed.createdAt,
    updated_at: deployed.updatedAt,
    verify_jwt: deployed.verifyJwt,
    import_map: importMap !== undefined,
    entrypoint_path: `file://${sourceRoot}/${entrypoint}`,
    ...(importMap !== undefined && { import_map_path: `file://${sourceRoot}/${importMap}` }),
    ezbr_sha256: deployed.sha256,
    ...deployed.added,
  }
}

function find({ project, params }: Call): DeployedFunction {
  const found = project.functions.get(params['slug'] ?? '')
  if (found) return found
  throw new ApiFault(404, 'Function not found')
}

export const list: Handler = ({ project }) => ok([...project.functions.values()].map(shown))

export const get: Handler = (call) => ok(shown(find(call)))

export const remove: Handler = (call) => {
  call.project.functions.delete(find(call).slug)
  return ok({ message: 'ok' })
}

/** The sources as a form, as the CLI asks for them; a bundle, which nothing here can unpack, otherwise. */
export const body: Handler = (call) => {
  const deployed = find(call)
  if (!call.accept.includes('multipart/form-data'))
    return {
      status: 200,
      bytes: { type: 'application/octet-stream', content: Buffer.from(deployed.sha256, 'hex') },
    }
  const boundary = `standin-${randomUUID()}`
  const parts = [
    part(boundary, 'form-data; name="metadata"', 'application/json', Buffer.from(metadataOf(deployed))),
    ...[...deployed.files].map(([path, content]) =>
      part(
        boundary,
        `form-data; name="file"; filename="${path.replaceAll('"', '%22')}"`,
        'application/octet-stream',
        content,
        path,
      ),
    ),
  ]
  return {
    status: 200,
    bytes: {
      type: `multipart/form-data; boundary=${boundary}`,
      content: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    },
  }
}

function metadataOf({ entrypoint }: DeployedFunction): string {
  return JSON.stringify({ deno2_entrypoint_path: entrypoint })
}

function part(boundary: string, disposition: string, type: string, content: Buffer, path?: string): Buffer {
  const lines = [`--${boundary}`, `Content-Disposition: ${disposition}`, `Content-Type: ${type}`]
  if (path !== undefined) lines.push(`Supabase-Path: ${path}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), content, Buffer.from('\r\n')])
}

/** Makes or replaces a function; with `bundleOnly` it only answers what a following PUT takes up. */
export const deploy: Handler = async (call) => {
  const slug = call.query.get('slug') ?? ''
  if (!slugPattern.test(slug)) throw new ApiFault(400, 'slug: Invalid')
  const form = await call.form()
  const given = form.get('metadata')
  if (given === null) throw new ApiFault(400, 'metadata: Required')
  const metadata = metadataSchema.parse(JSON.parse(typeof given === 'string' ? given : await given.text()))
  const files = new Map<string, Buffer>()
  for (const file of form.getAll('file'))
    if (typeof file !== 'string') files.set(file.name, Buffer.from(await file.arrayBuffer()))
  const deployed = deployedFrom(call.project, { slug, metadata, files })
  const { bundles, functions } = call.project
  ;(call.query.get('bundleOnly') === 'true' ? bundles : functions).set(slug, deployed)
  return { status: 201, body: shown(deployed) }
}

/**
 * The function that a deployment of these sources makes; what it is made of has its place in the project still to be given.
 * @throws ApiFault 400
 */
export function deployedFrom(
  project: ProjectState,
  about: { slug: string; metadata: z.input<typeof metadataSchema>; files: ReadonlyMap<string, Buffer> },
): DeployedFunction {
  const { slug, metadata, files } = about
  if (!files.has(metadata.entrypoint_path)) throw new ApiFault(400, 'Entrypoint path does not exist')
  const before = project.functions.get(slug)
  const now = Date.now()
  return {
    id: before?.id ?? randomUUID(),
    slug,
    name: metadata.name ?? slug,
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
    verifyJwt: metadata.verify_jwt ?? true,
    entrypoint: metadata.entrypoint_path,
    importMap: metadata.import_map_path || undefined,
    files,
    sha256: hashOf(files),
  }
}

const updateSchema = z.array(z.object({ slug: z.string().regex(slugPattern), version: z.number().int() }))

export const update: Handler = async ({ project, json }) => {
  for (const { slug, version } of updateSchema.parse(await json())) {
    const bundled = project.bundles.get(slug)
    if (bundled?.version !== version)
      throw new ApiFault(400, `Function ${slug} version ${version} was not bundled`)
    project.functions.set(slug, bundled)
    project.bundles.delete(slug)
  }
  return ok({ functions: [...project.functions.values()].map(shown) })
}

function hashOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256')
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path}\0${content.length}\0`).update(content)
  return hash.digest('hex')
}
