import { componentNames } from '../components/list.ts'
import type { Argument, Entry, Flag, Section } from './table.ts'

export const componentList: Argument = {
  name: 'LIST',
  kind: 'components',
  values: componentNames,
  list: true,
}

/** Which project a run is about. */
export const projectFlags: readonly Flag[] = [
  {
    name: 'env-file',
    short: 'e',
    argument: { name: 'FILE', kind: 'file' },
    text: 'the project that this env file describes',
    handTo: 'config_flags',
    ofThisRun: true,
  },
  {
    name: 'project',
    short: 'p',
    argument: { name: 'NAME', kind: 'project' },
    text: "the project of NAME.env in the configuration directory; default: the checkout's .env, else the only project there is",
    handTo: 'config_flags',
    ofThisRun: true,
  },
]

export const helpFlags: readonly Flag[] = [
  { name: 'help', short: 'h', text: 'this text', prints: 'usage' },
  { name: 'version', text: 'the version', prints: 'version' },
]

/** What is told, and where. `runs` are the verbs that are runs. */
export const outputSection = (runs: NonNullable<Flag['goesWith']>): Section => ({
  title: 'Output',
  flags: [
    {
      name: 'json',
      text: 'prints one JSON document on stdout: the report, what was asked for, or the error',
    },
    {
      name: 'events',
      argument: { name: 'FD', kind: 'free' },
      text: 'tells what the run does on this open file descriptor, one JSON object a line',
      goesWith: runs,
    },
    {
      name: 'quiet',
      short: 'q',
      text: 'only warnings and errors on the terminal; the log file has everything',
      exports: { variable: 'LOG_TERMINAL_LEVEL', value: 'warn' },
    },
    {
      name: 'verbose',
      short: 'v',
      text: 'more in the log',
      exports: { variable: 'LOG_LEVEL', value: 'debug' },
    },
    ...helpFlags,
  ],
})

/** How a run may end that neither succeeded nor failed. */
export const runExitCodes = [
  { codes: [3], text: 'finished but degraded' },
  { codes: [75], text: 'another run is under way' },
  { codes: [78], text: 'configuration' },
  { codes: [130, 143], text: 'interrupted' },
]

/** Where things are looked for. */
export const placeVariables: readonly Entry[] = [
  {
    name: 'HOME',
    text: "The home directory; the account's own where it is unset, empty or relative.",
  },
  {
    name: 'XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_DATA_HOME',
    text: 'The places of configuration, of state and of local backups, instead of ~/.config, ~/.local/state and ~/.local/share.',
  },
  { name: 'TMPDIR', text: 'The directory for temporary files; default: /tmp.' },
]

/** What a run takes from the environment beside those. */
export const runVariables: readonly Entry[] = [
  {
    name: 'SUPABASE_…, BORG_…, and every other variable of supabase-backup.env(5)',
    text: 'Win over what the env file says, and over a credential of the same name.',
  },
  {
    name: 'CREDENTIALS_DIRECTORY',
    text: 'Set by systemd: files named like variables of the env file, with their values (LoadCredential=).',
  },
  {
    name: 'CONFIGURATION_DIRECTORY, STATE_DIRECTORY, LOGS_DIRECTORY',
    text: 'Set by systemd: win over the places that the XDG variables name.',
  },
  { name: 'RUN_ID', text: 'The id of the run, for who starts it to find it by; default: a new one.' },
  { name: 'NO_COLOR', text: 'With any value, nothing is coloured.' },
  {
    name: 'JOURNAL_STREAM',
    text: 'Set by systemd: lines on the terminal then have the priorities of the journal.',
  },
]

export const runFiles: readonly Entry[] = [
  {
    name: '~/.config/supabase-backup/NAME.env, /etc/supabase-backup/NAME.env',
    text: 'The configuration of the project NAME, of a user or of the system; see supabase-backup.env(5).',
  },
  {
    name: '~/.config/supabase-backup/hooks.d/, /etc/supabase-backup/hooks.d/',
    text: "Hooks: the operator's own programs, run before and after backups and restores, and when a run fails.",
  },
  {
    name: '~/.local/state/supabase-backup/NAME/, /var/lib/supabase-backup/NAME/',
    text: 'The state: lock, reports, the last status, and the logs of a user.',
  },
  { name: '/var/log/supabase-backup/NAME/', text: 'The logs of the system.' },
  {
    name: '~/.local/share/supabase-backup/NAME/, /var/lib/supabase-backup/NAME/',
    text: 'Local, the newest backup, and Extract, what was extracted last.',
  },
]
