import type { CoverageKind } from '../coverage/kind.ts'
import {
  bindings,
  cluster,
  cronJobs,
  databaseFact,
  databaseGrants,
  databaseSettings,
  eventTriggers,
  extensionFunctions,
  extensions,
  foreseen,
  functionSettings,
  inheritedColumns,
  largeObjects,
  managedColumns,
  managedGrants,
  managedObjects,
  managedPolicies,
  managedTriggers,
  memberships,
  platformComments,
  platformGrants,
  publications,
  queues,
  roleSettings,
  rolesFact,
  sequences,
  serviceGrants,
  services,
  subscriptions,
  tables,
  userMappings,
  vaultSecrets,
} from './facts/all.ts'

/** What the database holds, in the order of the coverage matrix. */
export const databaseCoverage: readonly CoverageKind[] = [
  {
    name: 'Schemas of your own, with tables, views, functions, types, indexes, constraints, comments',
    counts: ['tables'],
    returns:
      'As the dump has them, with their owners. Schema `public` is emptied and refilled, never dropped; it gets its owner, privileges and comment.',
    rules: ['user-objects', 'schema-public', 'schema-public-satellites'],
    facts: [bindings, inheritedColumns],
  },
  {
    name: 'Rows',
    counts: ['rows'],
    returns: 'Byte for byte; generated columns are computed anew. Compared by exact count and hash.',
    rules: ['user-objects'],
    facts: [tables],
  },
  {
    name: 'Rows of materialized views',
    returns: 'Computed anew from the restored tables; a view that cannot be is named.',
    rules: ['materialized-views'],
  },
  {
    name: 'Values of sequences',
    returns: 'Exactly; those of Auth and Storage never go backwards.',
    rules: ['sequence-values'],
    facts: [sequences],
  },
  {
    name: 'Large objects',
    counts: ['largeObjects'],
    returns: 'Under the same number, with bytes, owner and privileges.',
    rules: ['large-object-contents'],
    facts: [largeObjects],
  },
  {
    name: 'Policies, and row level security',
    returns: 'As they were; also your policies on tables of Auth, Storage and Realtime, with their comments.',
    rules: ['user-policies', 'comments-on-managed-tables'],
    facts: [managedPolicies],
  },
  {
    name: 'Triggers',
    returns:
      'As they were; also yours on tables of Auth, Storage and Realtime, which come back enabled, as nobody but the table’s owner may disable them.',
    rules: ['user-triggers'],
    facts: [managedTriggers],
  },
  {
    name: 'Webhooks (triggers that call `supabase_functions` or `pg_net`)',
    returns: 'Disabled, so that a copy does not act for the original; `restore.sh --arm` enables them.',
    rules: ['user-objects', 'user-triggers'],
  },
  {
    name: 'Event triggers',
    counts: ['eventTriggers'],
    returns: 'Yours as they were; the platform’s are the target’s own.',
    rules: ['user-objects'],
    facts: [eventTriggers],
  },
  {
    name: 'Privileges and default privileges',
    returns:
      'As they were, also those that another role than the owner granted, and those on the database itself.',
    rules: ['granted-by-others'],
    facts: [managedGrants, serviceGrants, platformGrants, databaseGrants],
  },
  {
    name: 'Roles of your own, memberships, settings of roles and of the database',
    counts: ['roles'],
    returns:
      'Made from the catalog. Passwords only where the backup may read them: a hosted project does not let it, so set them by hand.',
    facts: [rolesFact({ passwords: false }), memberships, roleSettings, databaseSettings, databaseFact],
  },
  {
    name: 'Extensions',
    counts: ['extensions'],
    returns:
      'Created where they are missing, in the same schema, in the version that the target offers, with your own comment.',
    rules: ['user-objects'],
    facts: [extensions, extensionFunctions, platformComments],
  },
  {
    name: 'Publications, and what Realtime publishes',
    counts: ['publications'],
    returns: 'As they were.',
    rules: ['published-tables'],
    facts: [publications],
  },
  {
    name: 'Cron jobs',
    counts: ['cronJobs'],
    returns:
      'Scheduled anew, inactive; `restore.sh --arm` activates them. Those of other roles are named only.',
    rules: ['cron-jobs'],
    facts: [cronJobs],
  },
  {
    name: 'Queues of pgmq, with their messages',
    counts: ['queues'],
    returns:
      'As they were. Queues whose tables belong to the extension come back empty, and are named when they are backed up.',
    facts: [queues],
  },
  {
    name: 'Secrets of the vault',
    counts: ['vaultSecrets'],
    returns:
      'Decrypted into the encrypted archive, created anew under new ids. With `VAULT_MODE=root-key` themselves and the key that opens them, which is set at a target whose Management API may be used. With `VAULT_MODE=skip`, and in an archive that is not encrypted, only their names: to be created by hand.',
    rules: ['vault-secrets'],
    facts: [vaultSecrets],
  },
  {
    name: 'Objects in your schemas that belong to a platform role',
    returns: 'They become those of `postgres`, and are named.',
    rules: ['owned-by-the-platform'],
  },
  {
    name: 'Auth: users with password hashes, identities, sessions, factors',
    counts: ['users'],
    returns:
      'As rows, with the same ids. People keep their passwords. They stay signed in only if the target has the same JWT secret.',
    rules: ['account-and-object-records'],
    facts: [managedColumns, services],
  },
  {
    name: 'Rows of tables that an extension owns',
    returns: 'In the dump, but not restored: they cannot be told from those that the extension brings.',
  },
  {
    name: 'Subscriptions',
    returns:
      'Recorded and named, the backup is degraded; not restored: a second subscriber would take the changes of the first.',
    facts: [subscriptions],
  },
  {
    name: 'Foreign servers and user mappings',
    returns:
      'As they were, with the options of mappings where the backup may read them; those it may not read are named, and the backup is degraded.',
    facts: [userMappings],
  },
  {
    name: 'Objects of your own in schemas of the platform',
    returns:
      'In the dump, and named with what depends on them. A new hosted project takes none in the schemas of its services: they are left out there, with what is made of them, unless the target has them already; a table whose default, check or computed column calls one comes back with its rows, without that.',
    facts: [managedObjects],
  },
  {
    name: 'What resists a restore: views made of themselves, checks that ask the time, what only a superuser can create',
    returns:
      'Named by the backup already, as are calls that fit another function as well, which was made later: these come back as they were. Invalid indexes, replication slots and privileges on parameters are in no dump.',
    facts: [foreseen, functionSettings],
  },
  {
    name: 'Messages of Realtime, and other rows of the platform’s services',
    returns: 'In the dump, but not restored: they pass, and the services keep their own.',
  },
  {
    name: 'Which server it was',
    returns: 'Not restored: it tells the project itself from a copy, see [restore](../how-to/restore.md).',
    facts: [cluster],
  },
]
