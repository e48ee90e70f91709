import type { Component } from '../common/findings.ts'
import {
  bindings,
  cluster,
  cronJobs,
  databaseFact,
  databaseGrants,
  databaseSettings,
  eventTriggers,
  extensions,
  foreseen,
  functionSettings,
  largeObjects,
  managedColumns,
  managedGrants,
  managedObjects,
  managedPolicies,
  managedTriggers,
  memberships,
  publications,
  roleSettings,
  rolesFact,
  sequences,
  serviceGrants,
  services,
  subscriptions,
  tables,
  userMappings,
  vaultSecrets,
} from '../database/facts/all.ts'

/** One kind of thing that a project is made of, and what becomes of it. */
export interface Kind {
  name: string
  /** What backs it up; undefined for what is in no backup. */
  component: Component | undefined
  /** How it returns, or why it cannot and what to do instead. */
  returns: string
  /** Ids of the rules of the restore that decide about it (src/database/rules/rules.ts). */
  rules?: readonly string[]
  /** What is recorded of it beside the dump, and compared after a restore. */
  facts?: readonly { file: string }[]
}

const database = 'database' as const
const storage = 'storage' as const

export const kinds: readonly Kind[] = [
  {
    name: 'Schemas of your own, with tables, views, functions, types, indexes, constraints, comments',
    component: database,
    returns:
      'As the dump has them, with their owners. Schema `public` is emptied and refilled, never dropped; it gets its owner, privileges and comment.',
    rules: ['user-objects', 'schema-public', 'schema-public-satellites'],
    facts: [bindings],
  },
  {
    name: 'Rows',
    component: database,
    returns: 'Byte for byte; generated columns are computed anew. Compared by exact count and hash.',
    rules: ['user-objects'],
    facts: [tables],
  },
  {
    name: 'Rows of materialized views',
    component: database,
    returns: 'Computed anew from the restored tables; a view that cannot be is named.',
    rules: ['materialized-views'],
  },
  {
    name: 'Values of sequences',
    component: database,
    returns: 'Exactly; those of Auth and Storage never go backwards.',
    rules: ['sequence-values'],
    facts: [sequences],
  },
  {
    name: 'Large objects',
    component: database,
    returns: 'Under the same number, with bytes, owner and privileges.',
    rules: ['large-object-contents'],
    facts: [largeObjects],
  },
  {
    name: 'Policies, and row level security',
    component: database,
    returns: 'As they were; also your policies on tables of Auth, Storage and Realtime, with their comments.',
    rules: ['user-policies', 'comments-on-managed-tables'],
    facts: [managedPolicies],
  },
  {
    name: 'Triggers',
    component: database,
    returns:
      'As they were; also yours on tables of Auth, Storage and Realtime, which come back enabled, as nobody but the table’s owner may disable them.',
    rules: ['user-triggers'],
    facts: [managedTriggers],
  },
  {
    name: 'Webhooks (triggers that call `supabase_functions` or `pg_net`)',
    component: database,
    returns: 'Disabled, so that a copy does not act for the original; `restore.sh --arm` enables them.',
    rules: ['user-objects', 'user-triggers'],
  },
  {
    name: 'Event triggers',
    component: database,
    returns: 'Yours as they were; the platform’s are the target’s own.',
    rules: ['user-objects'],
    facts: [eventTriggers],
  },
  {
    name: 'Privileges and default privileges',
    component: database,
    returns:
      'As they were, also those that another role than the owner granted, and those on the database itself.',
    rules: ['granted-by-others'],
    facts: [managedGrants, serviceGrants, databaseGrants],
  },
  {
    name: 'Roles of your own, memberships, settings of roles and of the database',
    component: database,
    returns:
      'Made from the catalog. Passwords only where the backup may read them: a hosted project does not let it, so set them by hand.',
    facts: [rolesFact({ passwords: false }), memberships, roleSettings, databaseSettings, databaseFact],
  },
  {
    name: 'Extensions',
    component: database,
    returns: 'Created where they are missing, in the same schema, in the version that the target offers.',
    rules: ['user-objects'],
    facts: [extensions],
  },
  {
    name: 'Publications, and what Realtime publishes',
    component: database,
    returns: 'As they were.',
    rules: ['published-tables'],
    facts: [publications],
  },
  {
    name: 'Cron jobs',
    component: database,
    returns:
      'Scheduled anew, inactive; `restore.sh --arm` activates them. Those of other roles are named only.',
    rules: ['cron-jobs'],
    facts: [cronJobs],
  },
  {
    name: 'Secrets of the vault',
    component: database,
    returns: 'Decrypted into the (encrypted) archive, created anew under new ids.',
    rules: ['vault-secrets'],
    facts: [vaultSecrets],
  },
  {
    name: 'Objects in your schemas that belong to a platform role',
    component: database,
    returns: 'They become those of `postgres`, and are named.',
    rules: ['owned-by-the-platform'],
  },
  {
    name: 'Auth: users with password hashes, identities, sessions, factors',
    component: database,
    returns:
      'As rows, with the same ids. People keep their passwords. They stay signed in only if the target has the same JWT secret.',
    rules: ['account-and-object-records'],
    facts: [managedColumns, services],
  },
  {
    name: 'Storage: buckets',
    component: storage,
    returns: 'With visibility, size limit, types, owner and times.',
  },
  {
    name: 'Storage: objects',
    component: storage,
    returns:
      'Byte for byte under the same name, with type, cache control, robots tag, user metadata, id, owner and times. Only the internal version is new.',
    rules: ['account-and-object-records'],
  },
  {
    name: 'Rows of tables that an extension owns',
    component: database,
    returns: 'In the dump, but not restored: they cannot be told from those that the extension brings.',
  },
  {
    name: 'Subscriptions',
    component: database,
    returns:
      'Recorded and named, the backup is degraded; not restored: a second subscriber would take the changes of the first.',
    facts: [subscriptions],
  },
  {
    name: 'Foreign servers and user mappings',
    component: database,
    returns:
      'As they were, with the options of mappings where the backup may read them; those it may not read are named, and the backup is degraded.',
    facts: [userMappings],
  },
  {
    name: 'Objects of your own in schemas of the platform',
    component: database,
    returns:
      'In the dump, and named with what depends on them. A new hosted project takes none in the schemas of its services: they are left out there, with what is made of them, unless the target has them already.',
    facts: [managedObjects],
  },
  {
    name: 'What resists a restore: views made of themselves, checks that ask the time, what only a superuser can create',
    component: database,
    returns:
      'Named by the backup already. Invalid indexes, replication slots and privileges on parameters are in no dump.',
    facts: [foreseen, functionSettings],
  },
  {
    name: 'Messages of Realtime, and other rows of the platform’s services',
    component: database,
    returns: 'In the dump, but not restored: they pass, and the services keep their own.',
  },
  {
    name: 'Unfinished uploads',
    component: undefined,
    returns: 'The client begins again.',
  },
  {
    name: 'Which server it was',
    component: database,
    returns: 'Not restored: it tells the project itself from a copy, see [restore](../how-to/restore.md).',
    facts: [cluster],
  },
  {
    name: 'Edge functions',
    component: undefined,
    returns: 'Not yet: deploy them from your repository.',
  },
  {
    name: 'Settings outside the database: auth providers, mail templates, API, network, domains',
    component: undefined,
    returns: 'Not yet: keep them in `config.toml` of the Supabase CLI, or set them in the dashboard.',
  },
  {
    name: 'Secrets of edge functions, private signing keys, the JWT secret',
    component: undefined,
    returns: 'Never: the platform does not give them out. Keep them where you keep other secrets.',
  },
  {
    name: 'Logs, metrics, branches, read replicas',
    component: undefined,
    returns: 'Never: they are not the project’s data.',
  },
]
