import type { BackupType, PartialBackup } from './partial.ts'

const typeNames: Record<BackupType, string> = {
  full: 'definitions and rows',
  schema: 'definitions without rows',
  data: 'rows without definitions',
  roles: 'roles, memberships and settings',
}

/** In words: `definitions without rows of the schemas app, web, without the tables that match public.log_*`. */
export function describePartial({
  type,
  schemas,
  excludeTables,
}: Pick<PartialBackup, 'type' | 'schemas' | 'excludeTables'>): string {
  const of =
    schemas.length === 0 ? '' : ` of the schema${schemas.length === 1 ? '' : 's'} ${schemas.join(', ')}`
  const without =
    excludeTables.length === 0 ? '' : `, without the tables that match ${excludeTables.join(', ')}`
  return `${typeNames[type]}${of}${without}`
}
