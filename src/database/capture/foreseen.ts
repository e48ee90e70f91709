import type { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import { addSecrets } from '../../common/redact.ts'
import {
  closedFunction,
  type cronJobs,
  type Foreseen,
  type functionSettings,
  isRefusedSetting,
  type ManagedObject,
  type Queue,
  type Subscription,
  type UserMapping,
} from '../facts/all.ts'
import { refusedJobs } from '../restore/cron.ts'
import { quoteName } from '../sql/statements.ts'

type Severity = Finding['severity']

/** What to say of each kind of `foreseen` fact. */
const sayings: Record<string, [Severity, string]> = {
  'check-not-immutable': [
    'note',
    'These check constraints ask what changes with time or with other rows. Where rows contradict one by then, a restore brings it back NOT VALID and says so.',
  ],
  'view-of-itself': [
    'manual',
    'These views are made of themselves and can neither be read nor made again: a restore leaves them out, with what depends on them. Drop or mend them.',
  ],
  'index-invalid': [
    'manual',
    'These indexes are invalid, as a CREATE INDEX CONCURRENTLY that failed leaves them. pg_dump leaves such indexes out: drop them, or REINDEX them.',
  ],
  'needs-superuser': [
    'manual',
    'Only a superuser can create these. A hosted project does not take them: a restore there leaves them out, or needs --leave-out for each, with what depends on them.',
  ],
  'managed-trigger-state': [
    'manual',
    'These triggers on tables of the platform have a state that only the owner of the table can set: a restore brings them back enabled.',
  ],
  'login-trigger': [
    'note',
    'These event triggers run at every login, those of a backup too: what they write then is in the next one. A restore enables them once it has compared everything.',
  ],
  [closedFunction]: [
    'manual',
    'EXECUTE on these functions of extensions was taken from PUBLIC, which only a superuser can do: on a hosted project everybody may execute them after a restore.',
  ],
  'replication-slot': [
    'note',
    'Replication slots belong to a server and are in no backup: who reads from these has to make them anew after a restore.',
  ],
  'parameter-privilege': [
    'manual',
    'These privileges on parameters are in no dump, and only a superuser can grant them.',
  ],
  'role-label': [
    'manual',
    'These security labels of roles are in no dump: set them by hand after a restore.',
  ],
  tablespace: [
    'note',
    'These stand in a tablespace of their own. A hosted project has none: a restore puts them into the default one.',
  ],
}

function found(severity: Severity, kind: string, message: string, names: readonly string[]): Finding[] {
  return names.length === 0 ? [] : [finding({ component: 'database', severity, kind, message, names })]
}

/** What is known at backup time to be missing from the dump, or to resist a restore. */
export function foreseenFindings(facts: readonly Foreseen[]): Finding[] {
  return Object.entries(sayings).flatMap(([kind, [severity, message]]) =>
    found(
      severity,
      kind,
      message,
      facts.filter((fact) => fact.kind === kind).map(({ name }) => name),
    ),
  )
}

/** Functions that a hosted project would not let role `postgres` create, for a setting they make. */
export function functionSettingFindings(
  facts: readonly z.infer<(typeof functionSettings)['row']>[],
): Finding[] {
  return found(
    'manual',
    'function-setting-refused',
    'These functions make a setting that only a superuser may make: a hosted project refuses to create them. Take the setting away (ALTER FUNCTION … RESET), or leave them out of a restore.',
    facts.filter(isRefusedSetting).map((fact) => `function ${fact.function}, ${fact.setting}`),
  )
}

/** An object of the user's in a schema of the platform, with what depends on it. */
export function describeManagedObject({ name, dependents }: ManagedObject): string {
  return dependents.length === 0 ? name : `${name} (needed by ${dependents.join(', ')})`
}

/** Objects of the user's among the platform's, which a new hosted project does not take. */
export function managedObjectFindings(objects: readonly ManagedObject[]): Finding[] {
  return found(
    'manual',
    'objects-among-the-platforms',
    'These objects of your own stand in schemas of the platform, where a new hosted project lets nobody create any. They are in the backup, but a restore leaves them out, and what is made of them, unless the target has them already: move them into a schema of your own.',
    objects.map(describeManagedObject),
  )
}

/** A user mapping as SQL names it. */
export function mappingName({ user, server }: Pick<UserMapping, 'user' | 'server'>): string {
  return `${user ?? 'PUBLIC'} on ${server}`
}

/** Registers the passwords of mappings and subscriptions, which must not be shown. */
export function hideMappings(mappings: readonly UserMapping[]): void {
  addSecrets(mappings.flatMap(({ options }) => secretsOf(options ?? [])))
}

const secretOption = /^(?:.*(?:pass|secret|key|token|credential).*?)=(.*)$/is

function secretsOf(options: readonly string[]): string[] {
  return options.flatMap((option) => secretOption.exec(option)?.[1] ?? [])
}

/** What a dump by whoever is no superuser leaves out although it matters. */
export function unseenFindings(
  mappings: readonly UserMapping[],
  subscriptions: readonly Subscription[],
): Finding[] {
  return [
    ...found(
      'degraded',
      'user-mapping-unreadable',
      'The options of these user mappings (name and password at the other server) cannot be read: they are not in the backup. Note them elsewhere, or grant the role pg_read_all_data.',
      mappings.filter(({ readable }) => !readable).map(mappingName),
    ),
    ...found(
      'degraded',
      'subscriptions-not-restorable',
      'Subscriptions to other servers are in no dump, and no restore brings them back: a second subscriber would take the changes of the first. Their definitions are noted in database/subscriptions.jsonl of the backup.',
      subscriptions.map(({ name }) => name),
    ),
  ]
}

/** Jobs of pg_cron that no restore by the role that made the backup can make. */
export function jobFindings(
  jobs: readonly z.infer<(typeof cronJobs)['row']>[],
  session: { user: string; database: string },
): Finding[] {
  return found(
    'degraded',
    'cron-jobs-not-restorable',
    `These cron jobs belong to another role than ${session.user}, or run in another database: a restore cannot make them. Make them anew as ${session.user}, or note them elsewhere; the backup names them in database/cron.jsonl.`,
    refusedJobs(jobs, session).map(({ name }) => name),
  )
}

/** A dump by programs that are older than the server, and write what an older server refuses (`withoutColumnVersions`). */
export function olderClientFindings(entries: readonly { written?: string }[], clients: string): Finding[] {
  const count = entries.filter(({ written }) => written !== undefined).length
  if (count === 0) return []
  const message = `These client programs, ${clients}, are older than the server, and wrote into the dump what the server keeps of each column (pg_attver). restore.sh leaves it out; by pg_restore alone, a server of a minor release before refuses these tables. Update the client programs.`
  return [
    finding({ component: 'database', severity: 'note', kind: 'clients-older-than-server', message, count }),
  ]
}

/** Queues of pgmq whose messages no dump holds, with the statements that change this. */
export function queueFindings(queues: readonly Queue[]): Finding[] {
  return found(
    'degraded',
    'queue-messages-not-dumped',
    'The tables of these queues belong to the extension pgmq, and no dump holds such: their messages are not in the backup, and a restore makes the queues empty. Take the tables out of the extension, which changes nothing for who uses the queues, then back up again.',
    queues.filter(({ undumped }) => undumped).map(({ name }) => `${name}: ${detachQueue(name)}`),
  )
}

function detachQueue(name: string): string {
  const statement = (what: string, relation: string) =>
    `ALTER EXTENSION pgmq DROP ${what} ${quoteName('pgmq', relation)};`
  const queue = `q_${name.toLowerCase()}`
  return [
    statement('TABLE', queue),
    statement('SEQUENCE', `${queue}_msg_id_seq`),
    statement('TABLE', `a_${name.toLowerCase()}`),
  ].join(' ')
}
