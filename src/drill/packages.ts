import { BackupError, ExitCode } from '../common/errors.ts'
import { runProgram } from '../common/process.ts'
import { leaveOutFlag } from '../database/connect/psql-errors.ts'
import { describeOlder, type OlderExtension } from '../database/rules/extension-versions.ts'
import { ofSystem } from './system-programs.ts'

const phase = 'sandbox/drill'
const newestMajor = 18

/** What follows `postgresql-MAJOR-` in the name of the package with an extension, where it is not the extension's name. */
const packageNames: Readonly<Record<string, string>> = {
  address_standardizer: 'postgis-3',
  pg_cron: 'cron',
  pg_partman: 'partman',
  pg_repack: 'repack',
  pg_hint_plan: 'pg-hint-plan',
  pgaudit: 'pgaudit',
  plpgsql_check: 'plpgsql-check',
  postgis: 'postgis-3',
  postgis_raster: 'postgis-3',
  postgis_sfcgal: 'postgis-3',
  postgis_tiger_geocoder: 'postgis-3',
  postgis_topology: 'postgis-3',
  vector: 'pgvector',
}

/** Extensions that are in no distribution's packages, only in the platform's own image. */
const imageOnly = [
  'pg_graphql',
  'pg_jsonschema',
  'pg_net',
  'pgmq',
  'pgsodium',
  'wrappers',
  'pg_tle',
  'index_advisor',
]

/** The packages that let a machine drill a backup made of these extensions, and how to install them. */
async function packagesFor(
  wantedMajor: number,
  extensions: readonly string[],
): Promise<{ packages: string[]; command: string } | undefined> {
  if (extensions.some((name) => imageOnly.includes(name))) return undefined
  const namesFor = (major: number) => [
    `postgresql-${major}`,
    ...new Set(
      extensions.map((name) => `postgresql-${major}-${packageNames[name] ?? name.replaceAll('_', '-')}`),
    ),
  ]
  const offered = await offeredPackages()
  if (offered === undefined) return undefined
  for (let major = wantedMajor; major <= newestMajor; major += 1) {
    const packages = namesFor(major)
    if (packages.every((name) => offered.has(name)))
      return { packages, command: `sudo apt-get install --no-install-recommends ${packages.join(' ')}` }
  }
  const packages = namesFor(wantedMajor)
  return {
    packages,
    command: `sudo apt-get install postgresql-common ca-certificates && sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
  }
}

/** The names of PostgreSQL packages that this machine's package lists offer; undefined where there is no apt. */
async function offeredPackages(): Promise<ReadonlySet<string> | undefined> {
  const answer = await runProgram({
    ...{
      program: 'apt-cache',
      args: ['pkgnames', 'postgresql-'],
      env: ofSystem,
    },
    ...{ phase, suggestion: '', timeoutMs: 20_000 },
  }).catch(() => undefined)
  return answer && new Set(answer.stdout.split('\n'))
}

/** The three ways there are, in words. */
async function waysToDrill(wantedMajor: number, extensions: readonly string[]): Promise<string> {
  const found = extensions.length === 0 ? undefined : await packagesFor(wantedMajor, extensions)
  const install = found ? `Install ${found.packages.join(' and ')}: ${found.command}. Or s` : 'S'
  return `${install}et DRILL_IMAGE to a container image of PostgreSQL ${wantedMajor} that has them, such as the platform's own supabase/postgres, or TEST_SUPABASE_DB_URL to a project of your own for the drill.`
}

/** What a drill cannot do without. @param image that the drill would run in, where one is set */
export async function extensionsMissing(
  wantedMajor: number,
  extensions: readonly string[],
  image: string | undefined,
): Promise<BackupError> {
  const without = image
    ? `The container image ${image} (DRILL_IMAGE) is without`
    : 'No PostgreSQL server on this machine has'
  const flags = extensions.map((name) => leaveOutFlag(`EXTENSION ${name}`)).join(' ')
  return new BackupError({
    code: 'DRILL_EXTENSION_MISSING',
    message: `${without} what tables or functions of the backup are made of, so it cannot be drilled here: the files of ${extensions.join(', ')}. The backup itself is not to blame.`,
    suggestion: `${await waysToDrill(wantedMajor, extensions)} To drill all but what is made of them: restore.sh --test ${flags}.`,
    phase,
    exitCode: ExitCode.failed,
  })
}

/** What a drill on a server with older extensions than the project's may stumble over, and the ways round it. */
export async function olderHere(
  wantedMajor: number,
  { older, image }: { older: readonly OlderExtension[]; image: { name: string } | undefined },
): Promise<{ message: string; remedy: string }> {
  const where = image ? `the container image ${image.name} (DRILL_IMAGE)` : 'the server of this machine'
  return {
    message: `The project is made of newer versions of extensions than ${where} has: ${older.map(describeOlder).join(', ')}. A drill fails where it uses what is new in them.`,
    remedy: `Update the packages of these extensions. Or s${(await waysToDrill(wantedMajor, [])).slice(1)}`,
  }
}

/** An image whose servers are all older than the project's. */
export function imageTooOld(wantedMajor: number, image: string): BackupError {
  return new BackupError({
    code: 'DRILL_IMAGE_UNUSABLE',
    message: `The container image ${image} (DRILL_IMAGE) has no server of PostgreSQL ${wantedMajor}, the project's, or a newer one.`,
    suggestion: `Set DRILL_IMAGE to an image of PostgreSQL ${wantedMajor}.`,
    phase,
    exitCode: ExitCode.configuration,
  })
}
