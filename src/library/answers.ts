import { z } from 'zod'
import { componentResultSchema } from '../common/manifest.ts'
import { partialSchema } from '../common/partial.ts'

/** What `restore.sh --verify` says of a backup whose files are all as its manifest has them. */
export const verifiedSchema = z.object({
  status: z.enum(['complete', 'degraded']),
  /** When its snapshot was taken, ISO 8601; null without a database. */
  snapshotAt: z.string().nullable(),
  /** Of a partial backup, which part of the database it is of; null of a full one. */
  partial: partialSchema.nullable().default(null),
  components: z.array(componentResultSchema),
})
export type Verified = z.infer<typeof verifiedSchema>

/** What `restore.sh --preview` says: beside these, under each component's name what would become of it, null where nothing. */
export const previewedSchema = z.looseObject({
  status: z.literal('previewed'),
  /** When the backup's snapshot was taken, ISO 8601; null without a database. */
  snapshotAt: z.string().nullable(),
  /** The target's reference. */
  target: z.string(),
})
export type Previewed = z.infer<typeof previewedSchema>

/** Of a backup without rows there are no sizes. */
const tableSchema = z.looseObject({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  rows: z.number().nullable(),
  bytes: z.number().nullable(),
})
const bucketSchema = z.looseObject({
  id: z.string(),
  public: z.boolean(),
  objects: z.number(),
  bytes: z.number(),
})

/** What `restore.sh --contents` says: what the manifest has, and what each component holds, null where there is none of it. */
export const contentsSchema = z.looseObject({
  source: z.string(),
  runId: z.string(),
  status: z.enum(['complete', 'degraded']),
  startedAt: z.string(),
  snapshotAt: z.string().nullable(),
  versions: z.record(z.string(), z.string()),
  /** Of a partial backup, which part of the database it is of; null of a full one. */
  partial: partialSchema.nullable(),
  components: z.array(componentResultSchema),
  database: z
    .looseObject({
      users: z.number().nullable(),
      tables: z.array(tableSchema),
      roles: z.array(z.string()),
      extensions: z.array(z.looseObject({ name: z.string(), version: z.string() })),
    })
    .nullable(),
  storage: z.looseObject({ buckets: z.array(bucketSchema) }).nullable(),
  functions: z
    .looseObject({
      functions: z.array(
        z.looseObject({ slug: z.string(), verifyJwt: z.boolean(), files: z.number(), bytes: z.number() }),
      ),
      secrets: z.array(z.string()),
    })
    .nullable(),
  settings: z
    .looseObject({
      routes: z.array(
        z.looseObject({
          ...{ name: z.string(), status: z.string(), secrets: z.array(z.string()) },
          values: z.record(z.string(), z.unknown()),
        }),
      ),
    })
    .nullable(),
  auth: z.looseObject({ users: z.number() }).nullable(),
})
export type Contents = z.infer<typeof contentsSchema>

/** What `--contents --bucket` says of one folder. */
export const folderSchema = z.looseObject({
  bucket: z.string(),
  prefix: z.string(),
  folders: z.array(z.object({ name: z.string(), objects: z.number(), bytes: z.number() })),
  objects: z.array(
    z.looseObject({
      ...{ name: z.string(), bytes: z.number().nullable(), type: z.string().nullable() },
      ...{ updatedAt: z.string().nullable(), state: z.string() },
    }),
  ),
  /** Of how many more nothing is told. */
  more: z.number(),
})
export type Folder = z.infer<typeof folderSchema>

/** What `--contents --table` says: values as PostgreSQL prints them. */
export const firstRowsSchema = z.looseObject({
  schema: z.string(),
  name: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string().nullable() })),
  rows: z.array(z.array(z.string().nullable())),
  isCut: z.boolean(),
})
export type FirstRows = z.infer<typeof firstRowsSchema>

const sideSchema = z.object({ source: z.string(), snapshotAt: z.string().nullable() })

/** What `restore.sh --diff` says: beside these, under each component's name what changed, null where one of the two lacks it. */
export const diffSchema = z.looseObject({
  from: sideSchema,
  to: sideSchema,
  equal: z.boolean(),
  unknown: z.array(z.string()),
})
export type Diff = z.infer<typeof diffSchema>

/** What `backup.sh --prune-plan` says. */
export const retentionPlanSchema = z.object({
  /** Why nothing is deleted now. */
  blocked: z.string().optional(),
  archives: z.array(
    z.object({
      archive: z.looseObject({ name: z.string(), time: z.string(), status: z.string() }),
      action: z.enum(['keep', 'prune']),
      reason: z.string(),
    }),
  ),
})
export type RetentionPlan = z.infer<typeof retentionPlanSchema>

/** What `restore.sh --export` says. */
export const exportedSchema = z.looseObject({ status: z.enum(['complete', 'degraded']), folder: z.string() })
export type Exported = z.infer<typeof exportedSchema>

/** What a script says that did what was asked for, and has no more to tell. */
export const doneSchema = z.looseObject({ status: z.string(), exitCode: z.literal(0) })

const sourceSchema = z.object({
  /** `partial`: a backup of a part of the database; `before-restore`: a target as it was before it was restored over. */
  kind: z.enum(['local', 'extract', 'archive', 'partial', 'before-restore', 'predecessor']),
  /** As `archive` in the options takes it: `Local`, `Extract` or an archive's name. */
  name: z.string(),
  time: z.coerce.date(),
  status: z.enum(['complete', 'degraded', 'unknown']),
  /** Size of the generation where it is known. */
  bytes: z.number().nullable(),
  /** A drill or verified restore has proven it. */
  verified: z.boolean(),
  components: z.array(z.string()),
  /** Of a partial backup its type, and the rest where that is known without extracting it; null of any other. */
  partial: partialSchema.partial({ schemas: true, excludeTables: true }).nullable().default(null),
  /** Where retention leaves it alone, as somebody has pinned it: what they said, empty where nothing. */
  pin: z.object({ reason: z.string() }).nullable().default(null),
  /** Made by another project of the same name, as far as is known here. */
  foreign: z.boolean().default(false),
})
export type Source = z.infer<typeof sourceSchema>

const conditionSchema = z.object({
  status: z.enum(['OK', 'WARN', 'FAIL']),
  /** What was looked at, e.g. `database`. */
  subject: z.string(),
  /** What was found. */
  text: z.string(),
  /** What to do about it; empty where there is nothing to do. */
  remedy: z.string(),
  /** What was measured: `databaseBytes`, `serverVersion`. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
})
/** One condition of `backup.sh --check`. */
export type Condition = z.infer<typeof conditionSchema>

export const conditionsSchema = z.array(conditionSchema)

export const sourcesSchema = z.array(sourceSchema)
