import { z } from 'zod'
import { componentResultSchema } from '../common/manifest.ts'

/**
 * progress.json as earlier versions wrote it, when the database and Storage were all there was: brought into the form of
 * today. What it says of the two stands in their own states and flags now.
 */
export const formatOne = z
  .object({
    schema: z.literal(1),
    backupRunId: z.string(),
    source: z.string(),
    target: z.string(),
    components: z.array(z.string()),
    transaction: z.string().nullable(),
    weakened: z.array(z.unknown()).default([]),
    rowsReconciled: z.boolean(),
    results: z.array(componentResultSchema),
    asked: z.object({
      scope: z.object({
        buckets: z.array(z.string()).optional(),
        prefix: z.string().optional(),
        objects: z.array(z.string()).optional(),
      }),
      keepExtra: z.boolean(),
      arm: z.boolean(),
      batches: z.boolean(),
      rollback: z.boolean().default(false),
    }),
  })
  .transform(({ transaction, weakened, asked, ...same }) => ({
    ...same,
    states: { database: { transaction, weakened } },
    asked: { arm: asked.arm, rollback: asked.rollback, overSource: false },
    flags: defined({
      ...{ bucket: asked.scope.buckets, prefix: asked.scope.prefix, object: asked.scope.objects },
      ...{ 'keep-extra': asked.keepExtra, batches: asked.batches },
    }),
  }))

function defined<Value>(flags: Record<string, Value | undefined>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
