import { backupTypes } from '../common/partial.ts'
import {
  componentList,
  outputSection,
  placeVariables,
  projectFlags,
  runExitCodes,
  runFiles,
  runVariables,
} from './shared.ts'
import type { Command } from './table.ts'

/** The verbs of a flag that says what of the database is backed up. */
const ofBackups = { verbs: ['backup', 'dry-run'], called: 'a backup, and --dry-run' }

/** What is done to one repository as well as to all of a project. */
const byHand = [
  ...['prune', 'compact', 'delete', 'pin', 'unpin'],
  ...['break-lock', 'accept-moved', 'accept-older', 'borg'],
]

export const backup: Command = {
  name: 'backup',
  summary: 'backs up a Supabase project and archives it, encrypted, in a Borg repository.',
  description: [
    "Makes a new generation of the project beside the current one, lets it take its place when it is whole, archives it, deletes the archives that retention lets go, and reports. What stands behind the word borg goes to Borg, which is run with the project's settings: backup.sh --project shop borg list.",
  ],
  verb: 'backup',
  word: { name: 'borg', argument: 'ARGUMENT...' },
  sections: [
    {
      title: 'Which project',
      flags: [
        ...projectFlags,
        {
          name: 'all',
          text: 'every configured project in turn; exits with the worst exit code',
          ofThisRun: true,
        },
      ],
    },
    {
      title: 'What of the project',
      flags: [
        {
          name: 'only',
          argument: componentList,
          text: 'only these components, e.g. database,storage; may be repeated; the others stay those of the run before',
          repeatable: true,
        },
        {
          name: 'skip',
          argument: componentList,
          text: 'all components but these',
          repeatable: true,
        },
        {
          name: 'type',
          argument: { name: 'TYPE', kind: 'free', values: backupTypes },
          text: 'what of the database: full, the default, schema (definitions without rows), data (rows without definitions) or roles (with their memberships and settings). Any but full is a partial backup: of the database alone unless --only names more, an archive of its own, and never in the place of a full one',
          goesWith: ofBackups,
          handTo: 'part_flags',
        },
        {
          name: 'schema',
          argument: { name: 'NAME', kind: 'free' },
          text: 'a partial backup: of the database only this schema; may be repeated',
          goesWith: ofBackups,
          repeatable: true,
          handTo: 'part_flags',
        },
        {
          name: 'exclude-table',
          argument: { name: 'PATTERN', kind: 'free' },
          text: "a partial backup: of the database not the tables, views and sequences that match PATTERN, written as for pg_dump: 'public.log_*'; may be repeated",
          goesWith: ofBackups,
          repeatable: true,
          handTo: 'part_flags',
        },
        {
          name: 'bucket',
          argument: { name: 'NAME', kind: 'free' },
          text: 'of Storage only this bucket is fetched; may be repeated. The rest is kept as it was archived before, and where it has changed since, it waits for a later run, which makes this one degraded',
          repeatable: true,
          handTo: 'object_flags',
        },
        {
          name: 'prefix',
          argument: { name: 'PREFIX', kind: 'free' },
          text: 'of Storage only the objects whose names begin so are fetched; may be repeated',
          repeatable: true,
          handTo: 'object_flags',
        },
        {
          name: 'object',
          argument: { name: 'NAME', kind: 'free' },
          text: 'of Storage only this object, BUCKET/KEY, is fetched; may be repeated',
          repeatable: true,
          handTo: 'object_flags',
        },
        {
          name: 'accept-shrink',
          text: 'the project really holds so much less than before: the run is not degraded by it',
          handTo: 'worker_flags',
        },
      ],
    },
    {
      title: 'What is done instead',
      flags: [
        {
          name: 'check',
          text: 'checks configuration, programs, repository and project: a line each, OK, WARN or FAIL, with the remedy',
          verb: true,
        },
        { name: 'dry-run', text: 'the same, then says what a run would do', verb: true },
        {
          name: 'estimate',
          text: 'shows what a run would fetch from Storage and what it would reuse, by bucket, without fetching',
          verb: true,
        },
        {
          name: 'config',
          text: 'shows the configuration in effect and where each value comes from; secrets are masked',
          verb: true,
        },
        {
          name: 'coverage',
          text: 'shows what a backup holds, or the components chosen, and how each thing returns; needs no project',
          verb: true,
        },
        {
          name: 'status',
          text: 'shows the last run, success and drill, the next timer and sizes; exits with 1 when the last backup, drill or check failed or crashed, or a backup or drill is overdue',
          verb: true,
        },
        {
          name: 'prune-plan',
          text: 'shows which archives retention would keep and delete now, and why',
          verb: true,
        },
        {
          name: 'verify-repo',
          text: 'has Borg check the repository and its archives, and reads random files of the newest',
          verb: true,
        },
        {
          name: 'data',
          text: 'with --verify-repo: reads and authenticates all data again, which is slow',
          goesWith: { verbs: ['verify-repo'] },
        },
      ],
    },
    {
      title: 'The repository',
      flags: [
        {
          name: 'key-export',
          argument: { name: 'FILE', kind: 'file' },
          text: "writes the repository's key to FILE, creating the repository if there is none; without key and passphrase no archive can ever be read",
          verb: true,
        },
        {
          name: 'adopt',
          argument: { name: 'ID', kind: 'free' },
          text: "archives that were made for ID, as a backup tells of archives it leaves alone, are this project's, and retention may delete them",
          verb: true,
        },
        {
          name: 'passphrase-change',
          text: 'asks for a new passphrase of the repository',
          verb: true,
        },
        { name: 'prune', text: 'lets retention delete now, as after a backup', verb: true },
        { name: 'compact', text: 'frees what deleted archives take in the repository', verb: true },
        {
          name: 'delete',
          argument: { name: 'ARCHIVE', kind: 'archive' },
          text: 'deletes one archive of this project',
          verb: true,
        },
        {
          name: 'pin',
          argument: { name: 'ARCHIVE', kind: 'archive' },
          text: 'keeps one archive of this project: until it is unpinned neither retention nor --delete removes it',
          verb: true,
        },
        {
          name: 'reason',
          argument: { name: 'TEXT', kind: 'free' },
          text: 'with --pin: why, as restore.sh --list then shows it; a line of at most 200 bytes',
          goesWith: { verbs: ['pin'] },
        },
        {
          name: 'unpin',
          argument: { name: 'ARCHIVE', kind: 'archive' },
          text: 'leaves the archive to retention again',
          verb: true,
        },
        {
          name: 'break-lock',
          text: 'breaks a lock of the repository that nobody holds any more, e.g. after a crash of another machine',
          verb: true,
        },
        {
          name: 'accept-moved',
          text: 'the repository was moved, or has another address now, and that is in order',
          verb: true,
        },
        {
          name: 'accept-older',
          text: 'the repository was put back from an older copy, and that is in order',
          verb: true,
        },
        {
          name: 'repository',
          argument: { name: 'REPO', kind: 'directory' },
          text: 'with --prune and what stands below it, and with borg: of several repositories only this one',
          goesWith: { verbs: byHand, called: `--${byHand.slice(0, -1).join(', --')} and borg` },
        },
      ],
    },
    outputSection({ verbs: ['backup', 'verify-repo'], called: 'a backup, or --verify-repo' }),
  ],
  exitCodes: [
    { codes: [0], text: 'success' },
    { codes: [1], text: 'failed' },
    { codes: [2], text: 'wrong usage' },
    ...runExitCodes,
  ],
  environment: [...runVariables, ...placeVariables],
  files: runFiles,
  examples: [
    { command: 'backup.sh --project shop', text: 'Backs up the project shop now.' },
    {
      command: 'backup.sh --project shop --check',
      text: 'Tells whether a backup would work, and what to mend.',
    },
    { command: 'backup.sh --status --all', text: 'How the backups of all projects are.' },
    {
      command: 'backup.sh --project shop --key-export ~/shop.key',
      text: 'Writes the key, to be kept where the loss of this machine does not reach.',
    },
    {
      command: 'backup.sh --project shop --type schema',
      text: 'Archives the definitions alone, beside the full backups.',
    },
    {
      command: 'backup.sh --project shop borg list --last 3',
      text: 'Borg itself, on the repository of shop.',
    },
  ],
}
