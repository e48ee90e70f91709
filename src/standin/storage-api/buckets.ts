import { z } from 'zod'
import { body, flag, integer, readJson, text, textList, validate } from './body.ts'
import { errors, isDuplicate } from './errors.ts'
import { type Exchange, type Handler, json, type Limits } from './exchange.ts'
import { parseSize, requireAllowedTypes, requireValidBucketName } from './names.ts'
import { removeFiles } from './removal.ts'
import { anyRow, bucketColumns, bucketRow } from './rows.ts'
import { ownerColumns } from './tokens.ts'

const sizeLimit = z
  .union([integer(0), z.string().refine((value) => parseSize(value) !== undefined)])
  .transform((value) => (typeof value === 'string' ? (parseSize(value) ?? 0) : value))
  .nullable()

const settings = {
  public: flag.optional(),
  file_size_limit: sizeLimit.optional(),
  allowed_mime_types: textList.nullable().optional(),
}

const creation = body({
  ...settings,
  name: text,
  id: text.optional(),
  type: z.enum(['STANDARD', 'ANALYTICS']).default('STANDARD'),
})

const update = body(settings).refine((value) => Object.values(value).some((given) => given !== undefined), {
  message: 'must have at least one of public, file_size_limit, allowed_mime_types',
})

const listing = z.object({
  limit: integer(1).optional(),
  offset: integer(0).default(0),
  sortColumn: z.enum(['id', 'name', 'created_at', 'updated_at']).default('name'),
  sortOrder: z.enum(['asc', 'desc']).default('asc'),
  search: z.string().default(''),
})

type Settings = Pick<z.infer<typeof creation>, 'file_size_limit' | 'allowed_mime_types'>

function requireAcceptable({ file_size_limit, allowed_mime_types }: Settings, limits: Limits): void {
  if ((file_size_limit ?? 0) > limits.global) throw errors.entityTooLarge()
  requireAllowedTypes(allowed_mime_types)
}

export const listBuckets: Handler = async ({ database, claims, query }) => {
  const { limit, offset, sortColumn, sortOrder, search } = validate(
    listing,
    Object.fromEntries(query),
    'querystring',
  )
  const collation = sortColumn === 'id' || sortColumn === 'name' ? 'collate "C"' : ''
  return json(
    await database.queryAs(
      claims,
      bucketRow,
      `select ${bucketColumns} from storage.buckets where position(lower($1) in lower(name)) > 0
       order by ${sortColumn} ${collation} ${sortOrder} limit $2 offset $3`,
      [search, limit ?? null, offset],
    ),
  )
}

async function visibleBucket({ database, claims, params }: Exchange) {
  const [bucket] = await database.queryAs(
    claims,
    bucketRow,
    `select ${bucketColumns} from storage.buckets where id = $1`,
    [params.bucket],
  )
  if (!bucket) throw errors.noSuchBucket()
  return bucket
}

export const getBucket: Handler = async (exchange) => {
  const { type: _, ...bucket } = await visibleBucket(exchange)
  return json(bucket)
}

export const createBucket: Handler = async ({ request, database, claims, limits }) => {
  const bucket = await readJson(request, creation)
  requireValidBucketName(bucket.name)
  requireValidBucketName(bucket.id ?? bucket.name)
  requireAcceptable(bucket, limits)
  const { name } = bucket
  if (bucket.type === 'ANALYTICS') {
    await database.queryAs(claims, anyRow, 'insert into storage.buckets_analytics (name) values ($1)', [name])
    return json({ name })
  }
  try {
    await database.queryAs(
      claims,
      anyRow,
      `insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types, owner, owner_id)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        bucket.id ?? name,
        name,
        bucket.public ?? false,
        bucket.file_size_limit ?? null,
        bucket.allowed_mime_types ?? null,
        ...ownerColumns(claims),
      ],
    )
  } catch (error) {
    throw isDuplicate(error) ? errors.bucketAlreadyExists() : error
  }
  return json({ name })
}

export const updateBucket: Handler = async ({ request, database, claims, params, limits }) => {
  const changes = await readJson(request, update)
  requireAcceptable(changes, limits)
  const updated = await database.queryAs(
    claims,
    anyRow,
    `update storage.buckets set
       public = case when $2 then $3 else public end,
       file_size_limit = case when $4 then $5 else file_size_limit end,
       allowed_mime_types = case when $6 then $7 else allowed_mime_types end
     where id = $1 returning id`,
    [
      params.bucket,
      ...[changes.public, changes.file_size_limit, changes.allowed_mime_types].flatMap((value) => [
        value !== undefined,
        value ?? null,
      ]),
    ],
  )
  if (updated.length === 0) throw errors.noSuchBucket()
  return json({ message: 'Successfully updated' })
}

export const emptyBucket: Handler = async (exchange) => {
  if (exchange.claims.role !== 'service_role') throw errors.invalidRole()
  const { id } = await visibleBucket(exchange)
  const removed = await exchange.database.query(
    z.object({ key: z.string(), version: z.string().nullable() }),
    'delete from storage.objects where bucket_id = $1 returning name as key, version',
    [id],
  )
  await removeFiles(exchange.files, id, removed)
  return json({ message: 'Empty bucket has been queued. Completion may take up to an hour.' })
}

export const deleteBucket: Handler = async (exchange) => {
  const { id } = await visibleBucket(exchange)
  const [object] = await exchange.database.query(
    anyRow,
    'select 1 from storage.objects where bucket_id = $1 limit 1',
    [id],
  )
  if (object) throw errors.resourceNotEmpty()
  await exchange.database.queryAs(exchange.claims, anyRow, 'delete from storage.buckets where id = $1', [id])
  return json({ message: 'Successfully deleted' })
}
