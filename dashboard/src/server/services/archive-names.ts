import { z } from 'zod'

/** What a script is asked about: an archive, `latest`, `Local` or `Extract`. It becomes an argument, and never a flag. */
export const archiveNameSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'is no archive')

/** The name of a table, a bucket or a folder. It becomes an argument. */
export const partNameSchema = z
  .string()
  .max(1024)
  .regex(/^\P{Cc}*$/u, 'has a control character in it')

/** As what an export writes tables. */
export const exportFormats = z
  .array(z.enum(['sql', 'json', 'csv']))
  .min(1)
  .max(3)
