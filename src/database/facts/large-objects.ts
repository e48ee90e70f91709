import { z } from 'zod'

export const largeObjectRow = z.object({
  oid: z.number(),
  owner: z.string(),
  bytes: z.number(),
  /** MD5 of the concatenated MD5s of its pieces of 1 MiB, so that neither side ever holds one whole. */
  hash: z.string(),
  /** As `aclitem` prints them, sorted; null for the owner's defaults. */
  acl: z.array(z.string()).nullable(),
  comment: z.string().nullable(),
})
export type LargeObject = z.infer<typeof largeObjectRow>

export const largeObjects = { file: 'large-objects.jsonl', row: largeObjectRow }
