/** Facts read in the snapshot of a backup, and again from a target when a restore is verified. */
export * from './facts/fact.ts'
export * from './facts/large-objects.ts'
export * from './facts/managed.ts'
export * from './facts/objects.ts'
export * from './facts/roles.ts'
export * from './facts/sequences.ts'
export * from './facts/services.ts'
export * from './facts/tables.ts'
