import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { extensibleSchemas } from '../rules/platform.ts'
import {
  closedFunction,
  cronJobs,
  type DatabaseGrant,
  databaseFact,
  databaseGrants,
  databaseSettings,
  type ExtensionFunction,
  extensionFunctions,
  extensions,
  foreseen,
  type InheritedColumn,
  inheritedColumns,
  type ManagedObject,
  type Membership,
  managedColumns,
  managedGrants,
  managedObjects,
  managedTriggers,
  memberships,
  type PlatformComment,
  platformComments,
  platformGrants,
  publications,
  type Queue,
  queues,
  type Role,
  roleSettings,
  rolesFact,
  type SavedFact,
  type Sequence,
  type Setting,
  type Subscription,
  savedFact,
  sequences,
  serviceGrants,
  subscriptions,
  type Table,
  tables,
  type UserMapping,
  userMappings,
  vaultSecrets,
} from './all.ts'

/** The facts a generation holds about its database, as far as a restore plans with them. */
export interface CatalogFacts {
  tables: Table[]
  sequences: Sequence[]
  columns: z.infer<(typeof managedColumns)['row']>[]
  extensions: z.infer<(typeof extensions)['row']>[]
  roles: Role[]
  memberships: Membership[]
  /** Of roles, and of the database. */
  settings: Setting[]
  cronJobs: z.infer<(typeof cronJobs)['row']>[]
  /** Queues of pgmq. */
  queues: Queue[]
  secrets: z.infer<(typeof vaultSecrets)['row']>[]
  /** Functions of extensions that not everybody may execute, `function schema.name(types)`; none in a generation that does not say. */
  closedFunctions: string[]
  /** Null in a generation that does not say. */
  publications: z.infer<(typeof publications)['row']>[] | null
  managedGrants: z.infer<(typeof managedGrants)['row']>[]
  databaseComment: string | null
  /** Where the session that made the backup looked up names; null where that was not recorded. */
  searchPath: string | null
  /** On the database itself; null in a generation that does not say. */
  databaseGrants: DatabaseGrant[] | null
  /** What role postgres gave to the platform's roles on the services' objects; null in a generation that does not say. */
  serviceGrants: z.infer<(typeof serviceGrants)['row']>[] | null
  /** The same in the platform's other schemas, and of custom roles; null in a generation that does not say. */
  platformGrants: z.infer<(typeof platformGrants)['row']>[] | null
  /** The user's own comments on extensions and schemas of the platform; null in a generation that does not say. */
  platformComments: PlatformComment[] | null
  /** The functions of extensions; none in a generation that does not say. */
  extensionFunctions: ExtensionFunction[]
  /** Of tables that inherit, what they lack of their parents; none in a generation that does not say. */
  inheritedColumns: InheritedColumn[]
  /** With options where they could be read; null in a generation that does not say. */
  userMappings: UserMapping[] | null
  /** Subscriptions, which are not restored. */
  subscriptions: Subscription[]
  /** What is the user's in schemas of the platform. */
  managedObjects: ManagedObject[]
  /** OIDs of triggers on auth, storage and realtime tables that call a function of another schema. */
  userTriggers: Set<number>
}

/** What is recorded of definitions alone. */
export function withoutContents(recorded: CatalogFacts): CatalogFacts {
  return { ...recorded, tables: [], sequences: [], secrets: [], cronJobs: [], queues: [] }
}

/** Kinds of differences in what only a restore with rows brings back. */
export const contentKinds: readonly string[] = ['cron job', 'queue', 'secret', 'secret value']

function saved<Row>(generation: string, fact: SavedFact<Row>): Promise<Row[]> {
  return Array.fromAsync(savedFact(generation, fact))
}

/** Null where the generation was made by a toolkit that did not record this. */
export async function savedIfKnown<Row>(generation: string, fact: SavedFact<Row>): Promise<Row[] | null> {
  return existsSync(join(generation, 'database', fact.file)) ? saved(generation, fact) : null
}

/** OIDs of the triggers that call a function outside the services' own schemas. */
export function userTriggersOf(triggers: readonly z.infer<(typeof managedTriggers)['row']>[]): Set<number> {
  const users = triggers.filter(({ functionSchema }) => !extensibleSchemas.includes(functionSchema))
  return new Set(users.map(({ oid }) => oid))
}

/** Reads what a restore needs of `<generation>/database/*.jsonl`. */
export async function readCatalogFacts(generation: string): Promise<CatalogFacts> {
  const triggers = await saved(generation, managedTriggers)
  const [database] = await saved(generation, databaseFact)
  return {
    tables: await saved(generation, tables),
    sequences: await saved(generation, sequences),
    columns: await saved(generation, managedColumns),
    extensions: await saved(generation, extensions),
    roles: await saved(generation, rolesFact({ passwords: true })),
    memberships: await saved(generation, memberships),
    settings: [...(await saved(generation, roleSettings)), ...(await saved(generation, databaseSettings))],
    cronJobs: await saved(generation, cronJobs),
    queues: (await savedIfKnown(generation, queues)) ?? [],
    secrets: await saved(generation, vaultSecrets),
    closedFunctions: ((await savedIfKnown(generation, foreseen)) ?? [])
      .filter(({ kind }) => kind === closedFunction)
      .map(({ name }) => name),
    publications: await savedIfKnown(generation, publications),
    managedGrants: await saved(generation, managedGrants),
    databaseComment: database?.comment ?? null,
    searchPath: database?.searchPath ?? null,
    databaseGrants: await savedIfKnown(generation, databaseGrants),
    serviceGrants: await savedIfKnown(generation, serviceGrants),
    platformGrants: await savedIfKnown(generation, platformGrants),
    platformComments: await savedIfKnown(generation, platformComments),
    extensionFunctions: (await savedIfKnown(generation, extensionFunctions)) ?? [],
    inheritedColumns: (await savedIfKnown(generation, inheritedColumns)) ?? [],
    userMappings: await savedIfKnown(generation, userMappings),
    subscriptions: (await savedIfKnown(generation, subscriptions)) ?? [],
    managedObjects: (await savedIfKnown(generation, managedObjects)) ?? [],
    userTriggers: userTriggersOf(triggers),
  }
}
