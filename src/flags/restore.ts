import { componentChosenBy } from '../components/list.ts'
import {
  componentList,
  outputSection,
  placeVariables,
  projectFlags,
  runExitCodes,
  runFiles,
  runVariables,
} from './shared.ts'
import type { Command, Flag, Section } from './table.ts'

/** A flag that chooses a part of the database: not where all of it is restored, nor where rows are loaded into one table. */
function databasePart(flag: Flag): Flag {
  const drill = { flag: 'test', because: 'which restores the whole database' }
  const load = { flag: 'from-json', because: 'which loads rows into one table' }
  return {
    ...flag,
    handTo: 'worker_flags',
    partOf: componentChosenBy(flag.name),
    notWith: flag.name === 'table' ? [drill] : [drill, load],
  }
}

const overTarget = ['restore', 'rollback', 'resume', 'preview']

/** The verbs of a flag that says how a target is restored. */
const ofRestores = { verbs: [...overTarget, 'test'], called: 'a restore, --preview and --test' }

/** The verbs of a flag that says which target, or that it is meant. */
const ofTargets = { verbs: [...overTarget, 'from-json'], called: 'a restore, --preview and --from-json' }

/** The verbs of a flag that chooses objects of Storage. */
const ofObjects = {
  verbs: ['restore', 'rollback', 'preview', 'test', 'verify', 'to-dir', 'export', 'contents'],
  called:
    'what is about objects of a backup: a restore, --preview, --test, --verify, --to-dir, --export and --contents',
}

const origin: Section = {
  title: 'From what, and where to',
  flags: [
    {
      name: 'archive',
      argument: { name: 'SOURCE', kind: 'archive', values: ['latest', 'Local', 'Extract'] },
      text: "an archive's name, latest (the newest archive), Local (the newest generation on this machine) or Extract (the archive extracted last)",
    },
    {
      name: 'only',
      argument: componentList,
      text: 'only these components, e.g. database,storage; may be repeated',
      repeatable: true,
    },
    {
      name: 'target',
      argument: { name: 'TARGET', kind: 'target', values: ['test'] },
      text: 'test (the TEST_SUPABASE_ variables), or the name of another configured project',
      goesWith: ofTargets,
    },
    {
      name: 'confirm',
      argument: { name: 'REFERENCE', kind: 'free' },
      text: "the target's reference in full, instead of typing it",
      goesWith: ofTargets,
      handTo: 'worker_flags',
    },
    {
      name: 'over-source',
      text: 'the target may be the very project that is backed up',
      goesWith: ofTargets,
      handTo: 'worker_flags',
    },
    {
      name: 'arm',
      text: 'cron jobs and webhooks become active, which in a copy of the project they otherwise are not; without --archive: only that, for what was restored before',
      goesWith: ofRestores,
      handTo: 'worker_flags',
    },
    {
      name: 'no-safety-backup',
      text: 'the target is not backed up before it is restored over',
      goesWith: { verbs: ['restore', 'rollback'], called: 'a restore' },
    },
    databasePart({
      name: 'schema',
      argument: { name: 'NAME', kind: 'free' },
      text: 'of the database only this schema; may be repeated',
      repeatable: true,
    }),
    databasePart({
      name: 'table',
      argument: { name: 'SCHEMA.NAME', kind: 'free' },
      text: 'of the database only this table or view, written as in SQL; may be repeated',
      repeatable: true,
    }),
    databasePart({ name: 'data-only', text: 'of those only the rows' }),
    databasePart({ name: 'schema-only', text: 'definitions without rows' }),
    databasePart({
      name: 'into-schema',
      argument: { name: 'NAME', kind: 'free' },
      text: 'the chosen schema beside what is there, under another name',
    }),
    {
      name: 'leave-out',
      argument: { name: 'ENTRY', kind: 'free' },
      text: "of the database not this entry, nor what depends on it; ENTRY as messages and reports name it, type, schema and name: 'VIEW public totals'; may be repeated",
      goesWith: ofRestores,
      repeatable: true,
      handTo: 'worker_flags',
    },
    {
      name: 'batches',
      text: 'the database in many transactions: for a target whose lock table one does not fit',
      goesWith: ofRestores,
      handTo: 'worker_flags',
    },
    {
      name: 'bucket',
      argument: { name: 'NAME', kind: 'free' },
      text: 'of Storage only this bucket; may be repeated',
      goesWith: ofObjects,
      repeatable: true,
      handTo: 'object_flags',
    },
    {
      name: 'prefix',
      argument: { name: 'PREFIX', kind: 'free' },
      text: 'of Storage only the objects whose names begin so; may be repeated',
      goesWith: ofObjects,
      repeatable: true,
      handTo: 'object_flags',
    },
    {
      name: 'object',
      argument: { name: 'NAME', kind: 'free' },
      text: 'of Storage only this object, BUCKET/KEY; may be repeated',
      goesWith: ofObjects,
      repeatable: true,
      handTo: 'object_flags',
    },
    {
      name: 'setting',
      argument: { name: 'NAME', kind: 'free' },
      text: 'of the settings only this one, as a preview names it, e.g. auth.site_url, or those of one route, e.g. auth; may be repeated',
      repeatable: true,
      handTo: 'worker_flags',
      partOf: componentChosenBy('setting'),
      notWith: [
        { flag: 'test', because: 'which restores all settings' },
        { flag: 'from-json', because: 'which loads rows into one table' },
      ],
    },
    {
      name: 'keep-extra',
      text: 'objects and functions that the backup does not have stay at the target',
      goesWith: ofRestores,
      handTo: 'worker_flags',
    },
    {
      name: 'update-users',
      text: 'of --only auth: users of the target that are not as in the backup are made so, their bans lifted or set',
      goesWith: ofRestores,
      handTo: 'worker_flags',
    },
    {
      name: 'verify-bytes',
      argument: { name: 'PART', kind: 'free', values: ['all', '5%', 'week/8'] },
      text: 'downloads and compares objects after a restore or drill: all, a share like 5%, or a part by week like week/8',
      goesWith: ofRestores,
      handTo: 'worker_flags',
    },
    {
      name: 'check-cmd',
      argument: { name: 'COMMAND', kind: 'free' },
      text: 'runs this check of your own after a restore or drill; it finds the target in DATABASE_URL, STORAGE_URL and SERVICE_ROLE_KEY, and says by exiting with 0 that all is well',
      goesWith: ofRestores,
      handTo: 'worker_flags',
    },
    {
      name: 'yes',
      short: 'y',
      text: 'asks nothing: needs --test, or --archive, --target and --confirm',
    },
  ],
}

const instead: Section = {
  title: 'What is done instead',
  flags: [
    {
      name: 'test',
      text: 'the drill: extracts the newest archive, restores it into the test project, or without one into a disposable PostgreSQL of its own, verifies everything, and reports',
      verb: true,
    },
    {
      name: 'preview',
      text: 'shows what a restore would change at the target, and changes nothing',
      verb: true,
    },
    {
      name: 'resume',
      text: 'finishes a restore that broke off after the database was committed, into the same target',
      verb: true,
    },
    {
      name: 'to-dir',
      argument: { name: 'DIR', kind: 'directory' },
      text: 'writes the objects of the backup, or those chosen, as plain files below DIR; needs no target',
      verb: true,
    },
    {
      name: 'export',
      argument: { name: 'DIR', kind: 'directory' },
      text: 'writes the backup, or the parts chosen, for people and other programs into a dated folder below DIR: the database as SQL and as JSON lines, users, objects; needs no target and no database',
      verb: true,
    },
    {
      name: 'format',
      argument: { name: 'LIST', kind: 'free', values: ['sql', 'json', 'csv'], list: true },
      text: 'with --export, of the database: sql, json and csv; default: sql,json',
      goesWith: { verbs: ['export'] },
      handTo: 'worker_flags',
    },
    {
      name: 'from-json',
      argument: { name: 'FILE', kind: 'file' },
      text: 'loads the rows of FILE, one JSON object a line, into the table of the target that --table names: those with the same primary key are replaced, the others stay',
      verb: true,
      needs: 'table',
    },
    {
      name: 'replace',
      text: 'with --from-json: all rows that are there go first',
      goesWith: { verbs: ['from-json'] },
      handTo: 'worker_flags',
    },
    {
      name: 'diff',
      argument: { name: 'OLD', kind: 'archive', values: ['latest', 'Local', 'Extract'], second: 'NEW' },
      text: 'shows what changed from one backup, named as with --archive, to the newest archive, or to another whose name follows. Only what the backups recorded is extracted, neither rows nor objects',
      verb: true,
    },
    {
      name: 'left-out',
      text: 'lists by name what of a backup a restore does not bring back, because the platform has its own of it or takes none, with the reason; needs no target',
      verb: true,
    },
    {
      name: 'contents',
      text: 'shows what a backup holds: tables with rows and sizes, roles, buckets, functions, settings; with --bucket, and a folder as --prefix, what lies there; with --table the first rows of it. Only what is needed for that is extracted',
      verb: true,
    },
    { name: 'list', text: 'shows archives, Local and Extract, newest first', verb: true },
    {
      name: 'rollback',
      text: 'brings a target back as it was before the last restore over one; with --preview: shows what that would change, and changes nothing',
      verb: true,
      beside: 'preview',
      notWith: [{ flag: 'archive', because: 'which names another backup' }],
    },
    {
      name: 'verify',
      text: 'checks a backup file by file against its manifest; needs no target',
      verb: true,
    },
    {
      name: 'extract',
      argument: { name: 'DIR', kind: 'directory' },
      text: 'takes the files of a backup out into an empty directory',
      verb: true,
    },
    {
      name: 'mount',
      argument: { name: 'DIR', kind: 'directory' },
      text: 'mounts an archive, read-only',
      verb: true,
    },
  ],
}

export const restore: Command = {
  name: 'restore',
  summary: 'restores a Supabase project from a backup, or proves that it could be.',
  description: [
    "Asks for what is not given: the backup source, its components, the target. Then verifies the backup, shows what will change, and restores only when the target's reference is typed in full. Without a terminal everything has to be given.",
  ],
  verb: 'restore',
  sections: [
    {
      title: 'Which project',
      flags: [
        ...projectFlags,
        {
          name: 'all',
          text: 'with --test: every configured project in turn; exits with the worst exit code',
          goesWith: { verbs: ['test'] },
          ofThisRun: true,
        },
      ],
    },
    origin,
    instead,
    outputSection({
      verbs: ['restore', 'rollback', 'resume', 'from-json', 'test'],
      called: 'a restore, and --test',
    }),
  ],
  exitCodes: [
    { codes: [0], text: 'success' },
    { codes: [1], text: 'failed or different from the backup' },
    { codes: [2], text: 'wrong usage or a question without a terminal' },
    ...runExitCodes,
  ],
  environment: [...runVariables, ...placeVariables],
  files: runFiles,
  examples: [
    { command: 'restore.sh --project shop', text: 'Asks what to restore, and where to.' },
    {
      command: 'restore.sh --project shop --test --yes',
      text: 'The drill: proves that the newest archive can be restored.',
    },
    { command: 'restore.sh --project shop --list', text: 'What there is to restore from.' },
    {
      command: 'restore.sh --project shop --archive latest --target test --preview',
      text: 'What a restore of the newest archive into the test project would change there.',
    },
    {
      command: 'restore.sh --project shop --archive Local --table public.orders --target test',
      text: 'One table, from the backup that lies on this machine.',
    },
  ],
}
