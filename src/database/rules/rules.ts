import type { ContentsEntry } from './contents.ts'
import {
  dataSchemas,
  extensibleSchemas,
  isManagedSchema,
  isPlatformPublication,
  isReservedRole,
  realtimePublication,
  tablesNeverRestored,
} from './platform.ts'

/**
 * What is restored is decided here, entry by entry of a dump's table of contents, and nowhere else.
 * - `keep`: restored as the dump has it
 * - `drop`: left out; the target has its own, or nobody but a superuser could restore it
 * - `transform`: restored by statements of ours, as the rule's reason says
 */
type Action = 'keep' | 'drop' | 'transform'

/** What the rules need to know beside an entry itself. */
export interface RuleFacts {
  /** OIDs (at the origin) of triggers on auth, storage and realtime tables whose function is outside those schemas. */
  userTriggers: ReadonlySet<number>
}

export interface Rule {
  /** Stable name; drops are counted by it in reports. */
  id: string
  action: Action
  /** The entries' types as `pg_restore -l` prints them; `*` for any. */
  types: readonly string[]
  /** The condition in words, for the documentation. */
  where: string
  reason: string
  /** The versions it was made for, where they matter. */
  applies?: string
  matches?(entry: ContentsEntry, scope: Scope): boolean
}

interface Scope {
  facts: RuleFacts
  byId: ReadonlyMap<number, ContentsEntry>
}

export interface Decision {
  entry: ContentsEntry
  action: Action
  rule: Rule
}

const managed = (entry: ContentsEntry) => isManagedSchema(entry.namespace)
const platformOwned = (entry: ContentsEntry) => entry.owner !== 'postgres' && isReservedRole(entry.owner)
const inDataSchema = (entry: ContentsEntry) => dataSchemas.includes(entry.namespace)
const inExtensibleSchema = (entry: ContentsEntry) => extensibleSchemas.includes(entry.namespace)

/** Entries that only say something about another entry, the first they depend on. */
export const satelliteTypes = ['ACL', 'COMMENT', 'SECURITY LABEL']

/** The schema public is never created, so its entry may be missing while its privileges and comment are there. */
export const publicSchemaTags = ['SCHEMA public', 'SCHEMA "public"']

function subject(entry: ContentsEntry, scope: Scope): ContentsEntry | undefined {
  const [first] = entry.dependencies
  return first === undefined ? undefined : scope.byId.get(first)
}

function publicationOf(entry: ContentsEntry, scope: Scope): string | undefined {
  const entries = entry.dependencies.map((id) => scope.byId.get(id))
  return entries.find((found) => found?.desc === 'PUBLICATION')?.tag
}

/** The first rule that matches an entry decides; an entry no rule matches is the user's, and kept. */
export const rules: readonly Rule[] = [
  {
    id: 'session-settings',
    action: 'drop',
    types: ['ENCODING', 'STDSTRINGS', 'SEARCHPATH'],
    where: 'always',
    reason: 'pg_restore makes these settings itself.',
  },
  {
    id: 'database-itself',
    action: 'drop',
    types: ['DATABASE', 'DATABASE PROPERTIES'],
    where: 'always',
    reason: 'The target database exists; its settings and comment are restored from the recorded facts.',
  },
  {
    id: 'large-object-contents',
    action: 'transform',
    types: ['BLOBS'],
    where: 'always',
    reason:
      'pg_restore would write them in transactions of its own, ending ours; the contents are written with lo_put inside it.',
  },
  {
    id: 'sequence-values',
    action: 'transform',
    types: ['SEQUENCE SET'],
    where: 'user schemas, auth and storage',
    reason:
      'setval is not undone by a rollback: values are set last, from the recorded facts, and never lowered on sequences of the platform.',
    matches: (entry) => !managed(entry) || inDataSchema(entry),
  },
  {
    id: 'service-tables',
    action: 'drop',
    types: ['TABLE DATA'],
    where: tablesNeverRestored.join(', '),
    reason: "The services' own records of what the target's schema is; role postgres may not write them.",
    applies: 'GoTrue, Storage API (vector buckets: from 2025-11)',
    matches: (entry) => tablesNeverRestored.includes(`${entry.namespace}.${entry.tag}`),
  },
  {
    id: 'account-and-object-records',
    action: 'transform',
    types: ['TABLE DATA'],
    where: 'tables of auth and storage',
    reason: "They are loaded into the target's own tables, by the columns both sides have.",
    matches: inDataSchema,
  },
  {
    id: 'vault-secrets',
    action: 'transform',
    types: ['TABLE DATA'],
    where: 'vault.secrets',
    reason: 'Encrypted with a key of the origin’s server: they are created anew with vault.create_secret.',
    matches: (entry) => entry.namespace === 'vault' && entry.tag === 'secrets',
  },
  {
    id: 'cron-jobs',
    action: 'transform',
    types: ['TABLE DATA'],
    where: 'cron.job',
    reason: 'The table is not writable: jobs are created anew with cron.schedule.',
    matches: (entry) => entry.namespace === 'cron' && entry.tag === 'job',
  },
  {
    id: 'user-policies',
    action: 'keep',
    types: ['POLICY'],
    where: 'tables of auth, storage and realtime',
    reason: 'The platform ships no policies there, so they are the user’s.',
    matches: inExtensibleSchema,
  },
  {
    id: 'user-triggers',
    action: 'transform',
    types: ['TRIGGER'],
    where: 'tables of auth, storage and realtime, calling a function of another schema',
    reason:
      'They are the user’s. Only the statement that creates one is run: its state (disabled, replica) is the table owner’s to set.',
    matches: (entry, scope) => inExtensibleSchema(entry) && scope.facts.userTriggers.has(entry.catalog.oid),
  },
  {
    id: 'published-tables',
    action: 'keep',
    types: ['PUBLICATION TABLE', 'PUBLICATION TABLES IN SCHEMA'],
    where: `members of ${realtimePublication} and of the user’s publications, in user schemas`,
    reason: 'What is published is the user’s choice, also in the platform’s publication.',
    matches: (entry, scope) => {
      const publication = publicationOf(entry, scope)
      if (managed(entry) || publication === undefined) return false
      return publication === realtimePublication || !isPlatformPublication(publication)
    },
  },
  {
    id: 'published-platform-tables',
    action: 'drop',
    types: ['PUBLICATION TABLE', 'PUBLICATION TABLES IN SCHEMA'],
    where: 'other members of publications',
    reason:
      'Only the owner of a table can publish it, and platform publications are filled by their services.',
  },
  {
    id: 'platform-publications',
    action: 'drop',
    types: ['PUBLICATION'],
    where: 'supabase_realtime and those of Realtime’s messages',
    reason: 'The target has its own.',
    matches: (entry) => isPlatformPublication(entry.tag),
  },
  {
    id: 'subscriptions',
    action: 'drop',
    types: ['SUBSCRIPTION', 'SUBSCRIPTION TABLE'],
    where: 'always',
    reason: 'Only a superuser can create one, and a second subscriber would take the changes of the first.',
  },
  {
    id: 'platform-event-triggers',
    action: 'drop',
    types: ['EVENT TRIGGER'],
    where: 'owned by a platform role',
    reason: 'The target has its own.',
    matches: platformOwned,
  },
  {
    id: 'platform-wrappers',
    action: 'drop',
    types: ['FOREIGN DATA WRAPPER', 'SERVER', 'USER MAPPING', 'PROCEDURAL LANGUAGE', 'ACCESS METHOD'],
    where: 'owned by a platform role',
    reason: 'Only a superuser can create them.',
    matches: platformOwned,
  },
  {
    id: 'platform-default-privileges',
    action: 'drop',
    types: ['DEFAULT ACL'],
    where: 'of a platform role other than postgres, or in a managed schema',
    reason: 'Only that role could set them.',
    matches: (entry) => platformOwned(entry) || managed(entry),
  },
  {
    id: 'managed-schemas',
    action: 'drop',
    types: ['SCHEMA'],
    where: 'schemas of the platform and of extensions',
    reason: 'The target has its own.',
    matches: (entry) => isManagedSchema(entry.tag),
  },
  {
    id: 'schema-public',
    action: 'transform',
    types: ['SCHEMA'],
    where: 'public',
    reason:
      'It exists, and dropping it would lose default privileges nobody but supabase_admin can set: only its owner is set.',
    matches: (entry) => entry.tag === 'public',
  },
  {
    id: 'extension-comments',
    action: 'drop',
    types: ['COMMENT'],
    where: 'on extensions',
    reason: 'They come with the extension; one of the user’s own is made from the recorded facts.',
    matches: (entry, scope) => subject(entry, scope)?.desc === 'EXTENSION',
  },
  {
    id: 'comments-on-managed-tables',
    action: 'transform',
    types: ['COMMENT'],
    where: 'on the user’s policies and triggers of auth, storage and realtime tables',
    reason:
      'Newer platforms let postgres comment on them, older ones only the owner of the table: one that is refused is left out and named.',
    applies: 'supautils 3.3 and later',
    matches: (entry, scope) => {
      const about = subject(entry, scope)
      const commented = about?.desc === 'POLICY' || about?.desc === 'TRIGGER'
      return inExtensibleSchema(entry) && commented && isRestored(about, scope)
    },
  },
  {
    id: 'managed-objects',
    action: 'drop',
    types: ['*'],
    where: 'anything else in a schema of the platform or of an extension',
    reason: 'The platform’s services and extensions create and upgrade it themselves.',
    matches: managed,
  },
  {
    id: 'schema-public-satellites',
    action: 'keep',
    types: ['ACL', 'COMMENT'],
    where: 'on schema public',
    reason: 'Its privileges and comment are the user’s.',
    matches: (entry) => publicSchemaTags.includes(entry.tag),
  },
  {
    id: 'materialized-views',
    action: 'transform',
    types: ['MATERIALIZED VIEW DATA'],
    where: 'user schemas',
    reason:
      'Filled last. One that cannot be, as when PostgreSQL 17 looks up its functions’ unqualified names in pg_catalog only, is left unfilled and reported.',
    applies: 'from PostgreSQL before 17 to 17 and later',
  },
  {
    id: 'granted-by-others',
    action: 'transform',
    types: ['ACL'],
    where: 'granted by a role other than the owner, on an object that is restored',
    reason: 'SET SESSION AUTHORIZATION is for superusers: the same grants are made under SET ROLE.',
    matches: (entry, scope) =>
      entry.defn.includes('SET SESSION AUTHORIZATION') && isRestored(subject(entry, scope), scope),
  },
  {
    id: 'satellites-of-others',
    action: 'drop',
    types: satelliteTypes,
    where: 'of an object that is not restored, such as a member of an extension',
    reason: 'It belongs to that object.',
    matches: (entry, scope) => !isRestored(subject(entry, scope), scope),
  },
  {
    id: 'extension-table-rows',
    action: 'drop',
    types: ['TABLE DATA'],
    where: 'of a table that an extension owns',
    reason: 'The rows an extension’s own table ships with are there already, and more cannot be told apart.',
    matches: (entry, scope) => subject(entry, scope) === undefined,
  },
  {
    id: 'owned-by-the-platform',
    action: 'transform',
    types: ['*'],
    where: 'owned by a platform role other than postgres, in a user schema',
    reason: 'Nobody but a superuser can give an object to that role: it is restored as postgres’s own.',
    applies: 'self-hosted projects, objects made in the dashboard',
    matches: (entry) => platformOwned(entry) && entry.desc !== 'DEFAULT ACL',
  },
  {
    id: 'planner-statistics',
    action: 'drop',
    types: ['STATISTICS DATA'],
    where: 'always',
    reason: 'The target gathers its own.',
    applies: 'pg_dump 18',
  },
  {
    id: 'user-objects',
    action: 'keep',
    types: ['*'],
    where: 'everything else',
    reason: 'It is the user’s.',
  },
]

function isRestored(entry: ContentsEntry | undefined, scope: Scope): boolean {
  return entry !== undefined && ruleFor(entry, scope).action !== 'drop'
}

function ruleFor(entry: ContentsEntry, scope: Scope): Rule {
  const found = rules.find(
    (rule) =>
      (rule.types.includes('*') || rule.types.includes(entry.desc)) &&
      (rule.matches === undefined || rule.matches(entry, scope)),
  )
  if (found === undefined) throw new Error('the last rule matches everything')
  return found
}

/** Decides about every entry of a dump, in the order of the dump. */
export function decide(entries: readonly ContentsEntry[], facts: RuleFacts): Decision[] {
  const scope = { facts, byId: new Map(entries.map((entry) => [entry.dumpId, entry])) }
  return entries.map((entry) => {
    const rule = ruleFor(entry, scope)
    return { entry, action: rule.action, rule }
  })
}
