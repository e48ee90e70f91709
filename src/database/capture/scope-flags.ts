/** The flags of backup.sh that choose a part of the database, for `parseArgs`. */
export const scopeFlags = {
  type: { type: 'string' },
  schema: { type: 'string', multiple: true },
  'exclude-table': { type: 'string', multiple: true },
} as const
