import { z } from 'zod'
import {
  choice,
  databaseAddress,
  duration,
  flag,
  mailServer,
  path,
  projectName,
  repositories,
  repository,
  secret,
  secretWebAddress,
  size,
  text,
  webAddress,
  wholeNumber,
  words,
} from './kinds.ts'

/** The headings of `.env.example` and of the reference page, in their order. */
export const groups = {
  project: 'The Supabase project',
  target: "The drill's target (without one, the drill makes a disposable PostgreSQL of its own)",
  secrets: 'Secrets that are kept elsewhere',
  places: 'Places on this machine',
  borg: 'The Borg repository',
  retention: 'How long archives are kept',
  work: 'How the work is done',
  preconditions: 'When a run is skipped or refused',
  hooks: "Hooks: the operator's own programs",
  watch: 'Who hears of a run, and when',
  logs: 'Logs',
} as const
type Group = keyof typeof groups

export interface Description {
  group: Group
  /** Full sentences. */
  text: string
  /** What `.env.example` shows where there is no default. */
  example: string | undefined
}

const descriptions = z.registry<Description>()

function define<Schema extends z.ZodType>(
  group: Group,
  schema: Schema,
  text: string,
  example?: string,
): Schema {
  descriptions.add(schema, { group, text, example })
  return schema
}

/** What is said of a variable; every schema in `settingsSchema` has a description. */
export function descriptionOf(schema: z.ZodType): Description {
  const description = descriptions.get(schema)
  if (description === undefined) throw new TypeError('A variable has no description')
  return description
}

const projectReference = () =>
  text(
    /^[a-z]{20}$/,
    'must be the 20 lower-case letters of the project, as in its address in the Supabase dashboard',
  )

/**
 * Every variable of the env file: the only place that knows them. To add one, add an entry: its group, its kind
 * (kinds.ts; ended by `.optional()` or by `.prefault('the default as it would stand in the file')`) and what it means.
 * Then `npm run generate` writes `.env.example` and docs/reference/configuration.md; everything else follows.
 */
export const settingsSchema = z.object({
  SUPABASE_PROJECT_REF: define(
    'project',
    projectReference().optional(),
    'The project reference. A self-hosted project has none: set SUPABASE_URL and SUPABASE_DB_URL instead.',
    'abcdefghijklmnopqrst',
  ),
  SUPABASE_URL: define(
    'project',
    webAddress().optional(),
    'Address of the project API. Default: built from the project reference.',
    'https://abcdefghijklmnopqrst.supabase.co',
  ),
  SUPABASE_STORAGE_URL: define(
    'project',
    webAddress().optional(),
    'Address of the Storage API. Default: SUPABASE_URL followed by /storage/v1. A bare Storage server has no such prefix.',
    'https://abcdefghijklmnopqrst.supabase.co/storage/v1',
  ),
  SUPABASE_DB_URL: define(
    'project',
    databaseAddress().optional(),
    'Connection string of the session pooler or of the direct host, port 5432 (never 6543, the transaction pooler): Supabase dashboard, Connect. Alternatively set SUPABASE_DB_PASSWORD or SUPABASE_ACCESS_TOKEN.',
    'postgresql://postgres.abcdefghijklmnopqrst:PASSWORD@aws-0-eu-central-1.pooler.supabase.com:5432/postgres',
  ),
  SUPABASE_DB_PASSWORD: define(
    'project',
    secret().optional(),
    'Password of the database user postgres; the connection is then built from the project reference and SUPABASE_DB_POOLER.',
  ),
  SUPABASE_DB_POOLER: define(
    'project',
    text(/^[a-z0-9.-]+$/i, 'must be a host name').optional(),
    'Host of the session pooler, for SUPABASE_DB_PASSWORD. Default: the direct host, which only has an IPv6 address.',
    'aws-0-eu-central-1.pooler.supabase.com',
  ),
  SUPABASE_SERVICE_ROLE_KEY: define(
    'project',
    secret().optional(),
    'Secret API key (sb_secret_…) or service_role key: reads every Storage object. Supabase dashboard, Project Settings, API Keys. Default: asked of the Management API by each run, with SUPABASE_ACCESS_TOKEN.',
  ),
  SUPABASE_ACCESS_TOKEN: define(
    'project',
    secret().optional(),
    'Access token of the Management API: for edge functions and settings, and with the project reference also a way to the database for which no password is needed (where neither SUPABASE_DB_URL nor SUPABASE_DB_PASSWORD is set, the platform makes one for five minutes at a time) and to the key of Storage.',
    'sbp_0123456789abcdef0123456789abcdef01234567',
  ),
  SUPABASE_API_URL: define(
    'project',
    webAddress().prefault('https://api.supabase.com'),
    'Address of the Management API. Another one than the default may tell no database host but its own.',
  ),
  SUPABASE_FUNCTIONS_DIR: define(
    'project',
    path().optional(),
    'Of a self-hosted project: the folder on this machine that its edge functions are served from, volumes/functions of its Docker set-up. They are read from there, and not over the Management API.',
    '/opt/supabase/docker/volumes/functions',
  ),
  SUPABASE_STACK_ENV: define(
    'project',
    path().optional(),
    'Of a self-hosted project: the .env of its Docker set-up on this machine, whose variables are its settings. They are backed up from there without those that are secrets, and not over the Management API; a restore tells what to put into the target’s.',
    '/opt/supabase/docker/.env',
  ),
  FUNCTION_SECRETS_FILE: define(
    'project',
    path().optional(),
    "File with the values of the edge functions' secrets, a line NAME=value each, as supabase secrets set --env-file takes it: the platform gives out only their names. A restore sets from it what the target does not have.",
    '/etc/supabase-backup/shop-functions.env',
  ),
  KEEP_FUNCTION_SECRETS: define(
    'project',
    flag().prefault('false'),
    "With true, the values of FUNCTION_SECRETS_FILE are kept in each backup, encrypted with the repository's passphrase.",
  ),
  PROJECT_NAME: define(
    'project',
    projectName().optional(),
    "Name of the project's archives, state and logs. Default: the name of the env file (`shop.env` gives `shop`).",
    'shop',
  ),
  TARGET_ONLY: define(
    'project',
    flag().prefault('false'),
    'With true, the project is only restored to: no backup of it is made, --all and --status --all leave it out, and beside it another is still the only project there is.',
  ),

  TEST_SUPABASE_PROJECT_REF: define(
    'target',
    projectReference().optional(),
    'As SUPABASE_PROJECT_REF, of the target.',
  ),
  TEST_SUPABASE_URL: define('target', webAddress().optional(), 'As SUPABASE_URL, of the target.'),
  TEST_SUPABASE_STORAGE_URL: define(
    'target',
    webAddress().optional(),
    'As SUPABASE_STORAGE_URL, of the target.',
  ),
  TEST_SUPABASE_DB_URL: define('target', databaseAddress().optional(), 'As SUPABASE_DB_URL, of the target.'),
  TEST_SUPABASE_DB_PASSWORD: define('target', secret().optional(), 'As SUPABASE_DB_PASSWORD, of the target.'),
  TEST_SUPABASE_DB_POOLER: define(
    'target',
    text(/^[a-z0-9.-]+$/i, 'must be a host name').optional(),
    'As SUPABASE_DB_POOLER, of the target.',
  ),
  TEST_SUPABASE_SERVICE_ROLE_KEY: define(
    'target',
    secret().optional(),
    'As SUPABASE_SERVICE_ROLE_KEY, of the target.',
  ),
  TEST_SUPABASE_ACCESS_TOKEN: define(
    'target',
    secret().optional(),
    'As SUPABASE_ACCESS_TOKEN, of the target.',
  ),
  TEST_SUPABASE_FUNCTIONS_DIR: define(
    'target',
    path().optional(),
    'As SUPABASE_FUNCTIONS_DIR, of the target: they are written there.',
  ),
  TEST_SUPABASE_STACK_ENV: define(
    'target',
    path().optional(),
    'As SUPABASE_STACK_ENV, of the target: compared with the backup, and left as it is.',
  ),
  TEST_SUPABASE_API_URL: define(
    'target',
    webAddress().optional(),
    'As SUPABASE_API_URL, of the target. Default: the same.',
  ),

  SECRETS_COMMAND: define(
    'secrets',
    text().optional(),
    'Shell command that prints NAME=value lines, run once at the start of each command in the directory of the env file: any of these variables, most of all the secret ones. What the environment or a systemd credential sets comes before it, the env file after it. It shows in the list of processes, so no secret belongs into it.',
    'sops --decrypt shop.secrets.env',
  ),
  SECRETS_COMMAND_TIMEOUT_SEC: define(
    'secrets',
    wholeNumber(1, 3600).prefault('60'),
    'Longest time in seconds that SECRETS_COMMAND may take.',
  ),

  LOCAL_BACKUP_DIR: define(
    'places',
    path().optional(),
    'The newest backup ("Local"); the next one is made beside it, on the same file system. Not a mount point itself. Default: ~/.local/share/supabase-backup/PROJECT_NAME/current.',
    '/var/backups/shop/current',
  ),
  BORG_EXTRACT_DIR: define(
    'places',
    path().optional(),
    'Where restore.sh extracts an archive ("Extract"). Default: ~/.local/share/supabase-backup/PROJECT_NAME/extract.',
    '/var/backups/shop/extract',
  ),
  PG_BIN_DIR: define(
    'places',
    path().optional(),
    'Directory of the PostgreSQL client programs to use. Default: the newest suitable ones on PATH or of the distribution.',
    '/usr/lib/postgresql/17/bin',
  ),

  BORG_REPO: define(
    'borg',
    repository().optional(),
    'Where the archives go: an absolute path or ssh://user@host/path. Created, encrypted, by the first run.',
    '~/backups/shop.borg',
  ),
  BORG_REPOS: define(
    'borg',
    repositories().optional(),
    'Several repositories instead of BORG_REPO, each given the same archive in turn; restore.sh reads the first.',
    '/mnt/disk/shop.borg ssh://borg@backup.example.com/./shop.borg',
  ),
  BORG_PASSPHRASE: define(
    'borg',
    secret().optional(),
    'Passphrase of the repository. Without it no archive can ever be read: keep a copy elsewhere.',
  ),
  BORG_PASSCOMMAND: define(
    'borg',
    text().optional(),
    'Command that prints the passphrase; instead of BORG_PASSPHRASE.',
    'cat /etc/supabase-backup/shop.passphrase',
  ),
  BORG_ENCRYPTION: define(
    'borg',
    choice(['repokey-blake2', 'repokey', 'keyfile-blake2', 'keyfile', 'none']).prefault('repokey-blake2'),
    'How a new repository is encrypted. With none, archives hold every row and key of the project in clear.',
  ),
  BORG_COMPRESSION: define(
    'borg',
    text(
      /^(auto,)?(none|lz4|zstd|zlib|lzma)(,\d+)?$/,
      "must be one of Borg's compressions, e.g. zstd,3",
    ).prefault('zstd,3'),
    "Borg's compression.",
  ),
  BORG_LOCK_WAIT: define(
    'borg',
    wholeNumber(0, 86_400).prefault('60'),
    'Seconds to wait while another Borg command holds the repository.',
  ),
  BORG_UPLOAD_LIMIT: define(
    'borg',
    wholeNumber(0, 10_000_000).prefault('0'),
    'Upload limit to a remote repository in KiB/s; 0 is none.',
  ),
  BORG_RSH: define(
    'borg',
    text().optional(),
    'The ssh command for a remote repository. Default: ssh -o BatchMode=yes -o ServerAliveInterval=30, which asks nothing and gives up a connection that has died.',
    'ssh -i ~/.ssh/backup -o ServerAliveInterval=30',
  ),
  BORG_REMOTE_PATH: define('borg', text().optional(), 'The borg program on the remote machine.', 'borg1'),
  BORG_BASE_DIR: define(
    'borg',
    path().optional(),
    "Where Borg keeps its keys, security data and cache. Default: Borg's own.",
  ),

  BORG_RETENTION_DAYS: define(
    'retention',
    wholeNumber(1, 36_500).prefault('21'),
    'Every complete archive of so many days is kept. This is planned by the toolkit itself: borg prune would count a degraded archive like a whole one.',
  ),
  BORG_KEEP_DAILY: define(
    'retention',
    wholeNumber(0, 36_500).prefault('0'),
    'Beyond those days, the newest complete archive of each of so many days is kept.',
  ),
  BORG_KEEP_WEEKLY: define(
    'retention',
    wholeNumber(0, 5_200).prefault('0'),
    'Beyond those, the newest of each of so many weeks.',
  ),
  BORG_KEEP_MONTHLY: define(
    'retention',
    wholeNumber(0, 1_200).prefault('0'),
    'Beyond those, the newest of each of so many months.',
  ),
  BORG_KEEP_YEARLY: define(
    'retention',
    wholeNumber(0, 100).prefault('0'),
    'Beyond those, the newest of each of so many years.',
  ),
  MIN_ARCHIVES: define(
    'retention',
    wholeNumber(1, 10_000).prefault('3'),
    'So many complete archives are kept however old they are. The newest verified archive always is, and the newest with a component that newer ones lack.',
  ),

  STORAGE_CONCURRENCY: define(
    'work',
    wholeNumber(1, 200).prefault('10'),
    'Storage objects transferred at the same time.',
  ),
  STORAGE_INCLUDE: define(
    'work',
    text().optional(),
    'Only these Storage objects are backed up: patterns over bucket/key, separated by spaces; * does not cross a slash, ** does.',
    'avatars/** invoices/2026/*',
  ),
  STORAGE_EXCLUDE: define(
    'work',
    text().optional(),
    'Storage objects that are left out, as patterns like those of STORAGE_INCLUDE.',
    '**/thumbnails/**',
  ),
  STORAGE_EGRESS_BUDGET: define(
    'work',
    size().optional(),
    'A run fetches no more than this from Storage; what is left waits for the next one, and the run is degraded.',
    '20G',
  ),
  STORAGE_EGRESS_BUDGET_MONTH: define(
    'work',
    size().optional(),
    'The same for all runs of a calendar month together.',
    '200G',
  ),
  STORAGE_BANDWIDTH_LIMIT: define(
    'work',
    size().optional(),
    'Objects are fetched at no more than so many bytes a second.',
    '20M',
  ),
  DUMP_JOBS: define(
    'work',
    wholeNumber(1, 64).prefault('2'),
    'Tables dumped at the same time, each over a connection of its own.',
  ),
  VAULT_MODE: define(
    'work',
    choice(['decrypted', 'root-key', 'skip']).optional(),
    "What a backup has of the vault's secrets: decrypted, their values, which a restore creates anew; root-key, themselves and the key that opens them, which a restore sets at a target whose Management API it may use, so that all that the old server encrypted can be read there; or skip, their names alone, for you to create them by hand. Default: decrypted. With BORG_ENCRYPTION=none they are left out, and a project that has some is backed up degraded, until this says skip.",
  ),
  VAULT_KEY_FILE: define(
    'work',
    path().optional(),
    "For VAULT_MODE=root-key with a self-hosted project: a file with the vault's root key, 64 hexadecimal digits as the server's vault.getkey_script (or pgsodium.getkey_script) prints them. A hosted project's comes from the Management API.",
    '/etc/supabase-backup/shop-vault.key',
  ),
  SETTINGS_SKIP: define(
    'work',
    words().optional(),
    'Settings that are not backed up, by the names that reports call them by: for what the project’s plan does not have, or the access token may not read.',
    'custom-hostname disk',
  ),
  PG_IMAGE: define(
    'work',
    text().optional(),
    'Container image with the PostgreSQL client programs, used where this machine has none that fit, with Podman or else Docker (DOCKER_HOST, where it names a socket of this machine, comes before both). Default: the official image of the server major.',
    'docker.io/library/postgres:17',
  ),
  DRILL_IMAGE: define(
    'work',
    text().optional(),
    'Container image of PostgreSQL that drills without a test project run in, with Podman or Docker: for extensions that this machine has no packages of. Default: the server programs of this machine.',
    'docker.io/supabase/postgres:17.6.1.054',
  ),
  COMMAND_TIMEOUT_SEC: define(
    'work',
    wholeNumber(1, 604_800).prefault('7200'),
    'Longest time in seconds that one program (pg_dump, borg create, …) may take.',
  ),

  SHRINK_LIMIT: define(
    'preconditions',
    wholeNumber(1, 100).prefault('30'),
    'When tables, rows, objects or bytes are fewer than in the last good run by more than so many percent, the archive is named degraded and nothing is pruned, until a run with --accept-shrink.',
  ),
  SKIP_IF_UNCHANGED: define(
    'preconditions',
    flag().prefault('false'),
    'With true, a run that finds no change in the database since the last good one makes no archive.',
  ),
  MIN_FREE_SPACE: define(
    'preconditions',
    size().prefault('1G'),
    'A run is refused when less is free where LOCAL_BACKUP_DIR is.',
  ),
  ONLY_IF: define(
    'preconditions',
    text().optional(),
    'Shell command; a run is skipped, successfully, unless it exits with 0.',
    'systemctl is-active --quiet network-online.target',
  ),

  HOOKS_DIR: define(
    'hooks',
    path().optional(),
    'Directory with before-backup/, after-backup/, before-restore/, after-restore/ and on-failure/. Default: hooks.d beside the env file.',
    '~/.config/supabase-backup/hooks.d',
  ),
  HOOK_TIMEOUT_SEC: define(
    'hooks',
    wholeNumber(1, 86_400).prefault('300'),
    'Longest time in seconds that one hook may take.',
  ),

  HEALTHCHECKS_URL: define(
    'watch',
    secretWebAddress().optional(),
    'Ping address of a Healthchecks check for backups: told of each start and end.',
    'https://hc-ping.com/00000000-0000-0000-0000-000000000000',
  ),
  HEALTHCHECKS_CHECK_URL: define(
    'watch',
    secretWebAddress().optional(),
    'The same for checks of the repository.',
  ),
  HEALTHCHECKS_DRILL_URL: define('watch', secretWebAddress().optional(), 'The same for drills.'),
  WEBHOOK_URL: define(
    'watch',
    secretWebAddress().optional(),
    'Address to which a message is posted when a run failed, was degraded, or went well again.',
    'https://hooks.slack.com/services/T000/B000/XXXX',
  ),
  WEBHOOK_FORMAT: define(
    'watch',
    choice(['json', 'slack', 'discord']).prefault('json'),
    'What is posted: the run report, or a message as Slack or Discord take it.',
  ),
  MAIL_TO: define(
    'watch',
    words().optional(),
    'Who gets a mail on the same occasions.',
    'ops@example.com,me@example.com',
  ),
  MAIL_FROM: define('watch', text().prefault('supabase-backup@localhost'), 'The sender of these mails.'),
  SMTP_URL: define(
    'watch',
    mailServer().optional(),
    'The mail server: smtp:// (with STARTTLS where offered) or smtps://. Without it, mails go through sendmail.',
    'smtps://user:PASSWORD@smtp.example.com:465',
  ),
  SENDMAIL: define(
    'watch',
    path().prefault('/usr/sbin/sendmail'),
    'The sendmail program, for MAIL_TO without SMTP_URL.',
  ),
  NOTIFY_ON_SUCCESS: define(
    'watch',
    flag().prefault('false'),
    'With true, webhook and mail also hear of each run that went well.',
  ),
  METRICS_DIR: define(
    'watch',
    path().optional(),
    "Directory of Prometheus' node_exporter (--collector.textfile.directory) that gets one file a project.",
    '/var/lib/prometheus/node-exporter',
  ),
  MAX_AGE_BACKUP: define(
    'watch',
    duration().prefault('26h'),
    'backup.sh --status exits with 1 when the last successful backup is older.',
  ),
  MAX_AGE_DRILL: define(
    'watch',
    duration().prefault('8d'),
    'backup.sh --status exits with 1 when the last successful drill is older.',
  ),

  LOG_FORMAT: define(
    'logs',
    choice(['text', 'json']).prefault('text'),
    'text for people, json for machines.',
  ),
  LOG_LEVEL: define(
    'logs',
    choice(['debug', 'info', 'warn', 'error']).prefault('info'),
    'The least important lines that are logged.',
  ),
})

/** The validated variables, by name. */
export type Settings = z.output<typeof settingsSchema>
export type VariableName = keyof Settings

export const variableNames = settingsSchema.keyof().options
