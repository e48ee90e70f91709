import { join } from 'node:path'
import type { Finding } from '../../common/findings.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import { type SearchPath, searchPathOf } from '../connect/search-path.ts'
import type { ManagedObject } from '../facts/all.ts'
import { type CatalogFacts, readCatalogFacts, withoutContents } from '../facts/catalog-facts.ts'
import { type Contents, type ContentsEntry, nameOf, readContents } from '../rules/contents.ts'
import { checkEntries } from '../rules/entry-kinds.ts'
import {
  type ExtensionPlan,
  extensionsMissing,
  planExtensions,
  schemasOnceCreated,
} from '../rules/extensions.ts'
import { planRuns, type Run, type Step, transformedBy } from '../rules/plan.ts'
import { findPrivileged, privilegedName, untrustedExtensions } from '../rules/privileged.ts'
import { type Decision, decide } from '../rules/rules.ts'
import { isContents } from '../rules/selection.ts'
import { madeOfStrangers, strangersOf, strangerWeakenings, withoutContentsOf } from '../rules/strangers.ts'
import { lackingWebhooks, planWebhooks, type WebhookPlan, webhooksSchema } from '../rules/webhooks.ts'
import { parse } from '../sql/parser.ts'
import { type ExtensionCallers, extensionCallers, impossibleOf } from './extension-callers.ts'
import { type LeftOut, leavableOf, leaveOutAsked } from './left-out.ts'
import { findingsBeforehand } from './prepare-findings.ts'
import { planServiceRows, type ServicePlan } from './service-rows.ts'
import { inspectTarget, type Target } from './target.ts'
import type { Weakening } from './weakened.ts'

/** Everything a restore decides before it writes anything. */
export interface Preparation {
  dump: string
  contents: Contents
  recorded: CatalogFacts
  /** All tables of the backup, also those that are left out. */
  wholeTables: CatalogFacts['tables']
  target: Target
  decisions: Decision[]
  runs: Map<Step, Run[]>
  extensions: ExtensionPlan
  serviceRows: ServicePlan
  webhooks: WebhookPlan
  /** Of the target, once the restore has made what brings them. */
  schemas: ReadonlySet<string>
  searchPath: SearchPath
  /** What was asked to be left out, with what depends on it. */
  leftOut: Set<ContentsEntry>
  /** Names of the entries that take a superuser on a plain server. */
  privileged: string[]
  findings: Finding[]
  /** What is known before to be left out. */
  weakened: Weakening[]
}

/** Tables both sides have alike are loaded as the dump has them, the others through a temporary table. */
function directServiceEntries(plan: ServicePlan): Set<ContentsEntry> {
  return new Set(plan.tables.filter(({ lost }) => lost.length === 0).map(({ entry }) => entry))
}

/** What is decided, without the rows of tables that have no place at the target, and without what is made of these. */
function withoutThese(
  strangers: readonly ManagedObject[],
  madeOfThem: readonly ContentsEntry[],
  decisions: Decision[],
): Decision[] {
  const oids = new Set(strangers.map(({ oid }) => oid))
  const gone = new Set(madeOfThem)
  return decisions.filter(
    ({ entry }) => !gone.has(entry) && (entry.desc !== 'TABLE DATA' || !oids.has(entry.catalog.oid)),
  )
}

/** What is recorded without the rows and values of what is left out. */
function withoutRowsOf(leftOut: ReadonlySet<ContentsEntry>, recorded: CatalogFacts): CatalogFacts {
  const tables = new Set(
    [...leftOut].filter(({ desc }) => desc === 'TABLE DATA').map(({ catalog }) => catalog.oid),
  )
  const values = new Set(
    [...leftOut]
      .filter(({ desc }) => desc === 'SEQUENCE SET')
      .map(({ namespace, tag }) => JSON.stringify([namespace, tag])),
  )
  return {
    ...recorded,
    tables: recorded.tables.filter(({ oid }) => !tables.has(oid)),
    sequences: recorded.sequences.filter(({ schema, name }) => !values.has(JSON.stringify([schema, name]))),
  }
}

/** Whether an entry is one of these, or a comment on one. */
function isAbout(entry: ContentsEntry, dumpIds: ReadonlySet<number>): boolean {
  if (dumpIds.has(entry.dumpId)) return true
  return entry.section === 'none' && entry.dependencies.some((id) => dumpIds.has(id))
}

/** What is made of extensions that the target does not offer goes by itself where it holds no rows. */
async function leaveOutUnavailable(
  { extensions }: CatalogFacts,
  { installed, available }: Pick<Target, 'installed' | 'available'>,
  entries: readonly ContentsEntry[],
  leftOut: LeftOut,
): Promise<void> {
  const there = new Set(installed.map(({ name }) => name))
  const gone = new Set(
    extensions.map(({ name }) => name).filter((name) => !there.has(name) && !available.has(name)),
  )
  const rest = entries.filter((entry) => !leftOut.entries.has(entry))
  for (const entry of rest.filter(({ desc, tag }) => desc === 'EXTENSION' && gone.has(tag))) {
    const found = await leavableOf(entry, rest)
    for (const each of found.entries) leftOut.entries.add(each)
    leftOut.weakened.push(...found.weakened)
  }
}

/** @throws BackupError where a table cannot be made or filled, since a column of it is computed with a missing extension */
function refuseComputedWith(callers: readonly ExtensionCallers[], { tables }: CatalogFacts): void {
  const needs = callers.flatMap((each) =>
    impossibleOf(each, tables).map((entry) => ({ extension: each.extension, name: nameOf(entry) })),
  )
  if (needs.length === 0) return
  throw extensionsMissing(
    needs.map(({ extension, name }) => `${extension}: ${name} has a column that is computed with it`),
    [...new Set(needs.map(({ name }) => name))],
  )
}

interface PrepareOptions {
  generation: string
  target: DatabaseConnection
  arm?: boolean | undefined
  schemaOnly?: boolean | undefined
  /** Entries to be left out, with what depends on them. */
  leaveOut?: readonly string[] | undefined
  /** Entries that the backup was made without, with which goes what depends on them. */
  notHeld?: readonly string[] | undefined
  superuser?: DatabaseConnection | undefined
  /** What the backup does not know is dropped, and need not be named. */
  rollback?: boolean | undefined
  /** Database Webhooks are decided for as if they were enabled: before the restore they will be. */
  enablesWebhooks?: boolean | undefined
}

/** What the generation and the target say. */
function readBoth(dump: string, { generation, target, superuser }: PrepareOptions) {
  return Promise.all([
    readContents(dump),
    readCatalogFacts(generation),
    inspectTarget(target),
    superuser ? untrustedExtensions(superuser) : undefined,
    // Its first call compiles it, which need not be waited for later.
    parse('SELECT'),
  ])
}

/** A table of a service that the target keeps as it is. */
function closedTable(entry: ContentsEntry): Weakening {
  const reason = 'the target does not let its role empty and fill this table of a service'
  return { kind: 'left-out', name: nameOf(entry), reason }
}

/**
 * Reads the generation and the target, and decides what will happen.
 * @throws BackupError where the target cannot take the backup
 */
export async function prepareRestore(options: PrepareOptions): Promise<Preparation> {
  const dump = join(options.generation, 'database', 'dump')
  const [whole, everything, target, untrusted] = await readBoth(dump, options)
  const available = target.available.difference(untrusted?.refused ?? new Set())
  const leftOut = leaveOutAsked(options.leaveOut ?? [], whole.entries, options.notHeld)
  await leaveOutUnavailable(everything, { ...target, available }, whole.entries, leftOut)
  const contents = { ...whole, entries: whole.entries.filter((entry) => !leftOut.entries.has(entry)) }
  const strangers = strangersOf(everything, target.amongPlatforms)
  const withThem = madeOfStrangers(strangers, contents.entries)
  const known = withoutContentsOf(withoutRowsOf(leftOut.entries, everything), strangers, withThem)
  const recorded = options.schemaOnly ? withoutContents(known) : known
  const decided = withoutThese(strangers, withThem, decide(contents.entries, recorded))
  const rows = new Map(recorded.tables.map((table) => [`${table.schema}.${table.name}`, table.rows]))
  const serviceEntries = transformedBy(decided, 'account-and-object-records')
  const serviceRows = await planServiceRows(
    serviceEntries,
    recorded.columns,
    target.columns,
    rows,
    target.closed,
  )
  const extensions = planExtensions(recorded.extensions, { ...target, available }, decided)
  const missing = new Set(extensions.missing.map(({ name }) => name))
  const callers = extensionCallers(missing, everything.extensionFunctions, contents.entries)
  refuseComputedWith(callers, recorded)
  const schemas = schemasOnceCreated(target.schemas, extensions)
  const enabled = options.enablesWebhooks ? await lackingWebhooks(decided, schemas) : []
  if (enabled.length > 0) schemas.add(webhooksSchema)
  const webhooks = await planWebhooks(decided, { arm: options.arm ?? false, schemas })
  const notNow = new Set([...webhooks.leaveOut, ...webhooks.impossible].map(({ entry }) => entry.dumpId))
  const notHere = ({ entry }: Decision) =>
    (entry.desc === 'EXTENSION' && missing.has(entry.tag)) ||
    isAbout(entry, notNow) ||
    (options.schemaOnly && isContents(entry))
  const decisions = decided.filter((decision) => !notHere(decision))
  await checkEntries(decisions)
  const present = new Set(target.installed.map(({ name }) => name))
  const privileged = await findPrivileged(
    decisions,
    (untrusted?.allowed ?? new Set<string>()).difference(present),
  )
  const weakened = [
    ...leftOut.weakened,
    ...strangerWeakenings(withThem),
    ...serviceRows.closed.map(closedTable),
  ]
  return {
    ...{ leftOut: leftOut.entries, weakened, wholeTables: everything.tables },
    searchPath: searchPathOf(everything, new Set(decisions.map(({ entry }) => entry.owner))),
    ...{ dump, contents, recorded, target, decisions, extensions, serviceRows, webhooks, schemas },
    runs: planRuns(decisions, { direct: directServiceEntries(serviceRows), privileged }),
    privileged: [...privileged].map(privilegedName),
    findings: findingsBeforehand({
      ...{ contents, everything, recorded, target, decisions, webhooks, enabled, strangers, callers },
      ...{ missing, older: extensions.older, lostColumns: serviceRows.lost },
      rollback: options.rollback ?? false,
    }),
  }
}
