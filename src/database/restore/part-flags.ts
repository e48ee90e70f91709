/** The flags that choose a part of the database, for `parseArgs`. */
export const partFlags = {
  schema: { type: 'string', multiple: true },
  table: { type: 'string', multiple: true },
  'data-only': { type: 'boolean' },
  'schema-only': { type: 'boolean' },
  'into-schema': { type: 'string' },
} as const
