import { access, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type OlderExtension, olderAt } from '../database/rules/extension-versions.ts'
import { startContainerServer } from './container-server.ts'
import type { DrillImage } from './image.ts'
import { extensionsMissing, imageTooOld } from './packages.ts'
import { type PostgresServer, startPostgres } from './postgres.ts'
import { findServerBinaries } from './server-binaries.ts'

/** The newest major there are server programs of anywhere. */
const newestMajor = 18

/** Extensions the toolkit has stand-ins of, whatever files a server has. */
export const stoodInAlways: readonly string[] = ['pgjwt', 'supabase_vault']

/** Extensions it has stand-ins of for a server without their files. */
const stoodInWhereLacking: readonly string[] = ['pg_cron']

/** What a backup asks of the server it is drilled on. */
export interface DrillNeeds {
  /** Its own server's major version. */
  major: number
  /** The extensions it has, in their versions. */
  extensions: readonly { name: string; version: string }[]
  /** Those its tables, functions, ... are made of. */
  needed: readonly string[]
  /** The newest server that the client programs speak to. */
  newestMajor?: number | undefined
}

/** Server programs, and in which version they have the files of an extension: empty where that is not said. */
interface Programs {
  major: number
  binDirectory: string
  offered(extension: string): Promise<string | undefined> | string | undefined
}

/** Server programs a drill can run on. */
export interface DrillServer {
  major: number
  binDirectory: string
  /** The image that the programs are in; undefined for this machine's. */
  image: DrillImage | undefined
  /** Of the wanted extensions, those these programs have no files for. */
  lacking: string[]
  /** Of those the backup is made of, the ones they have in an older version. */
  older: OlderExtension[]
  /** What the server has to be started with for the extensions it has. */
  settings: Record<string, string>
}

/**
 * Finds server programs for a drill, of the wanted major or a newer one: in the image where one is given, else the toolkit's
 * own or the distribution's. Those that lack nothing a backup needs go first, then those that have nothing older than it,
 * then the nearest major, then those that lack fewer of its extensions.
 * @throws BackupError SANDBOX_SERVER_MISSING or DRILL_IMAGE_UNUSABLE when there are none; DRILL_EXTENSION_MISSING when none
 *   has what is needed
 */
export async function findDrillServer(needs: DrillNeeds, image?: DrillImage): Promise<DrillServer> {
  const last = Math.max(needs.major, Math.min(newestMajor, needs.newestMajor ?? newestMajor))
  const found = image ? programsIn(image) : await programsHere(needs.major, last)
  const candidates = await Promise.all(
    found
      .filter(({ major }) => needs.major <= major && (image || major <= last))
      .map((programs) => describe(programs, needs, image)),
  )
  const lacks = ({ lacking }: DrillServer) =>
    needs.needed.filter((name) => lacking.includes(name) && !stoodInWhereLacking.includes(name))
  const [best] = candidates.toSorted(
    (a, b) =>
      lacks(a).length - lacks(b).length ||
      a.older.length - b.older.length ||
      a.major - b.major ||
      a.lacking.length - b.lacking.length,
  )
  if (best === undefined && image) throw imageTooOld(needs.major, image.name)
  // Its error says what to install.
  if (best === undefined)
    return describe(installed(needs.major, await findServerBinaries(needs.major)), needs)
  if (lacks(best).length > 0) throw await extensionsMissing(needs.major, lacks(best), image?.name)
  return best
}

/** Starts a server that takes somebody else's backup: in a container, or confined on this machine. */
export function startDrillServer(programs: DrillServer, directory: string): Promise<PostgresServer> {
  const { image } = programs
  return image
    ? startContainerServer({ ...programs, image, directory })
    : startPostgres({ ...programs, directory, confined: true })
}

function programsIn({ servers }: DrillImage): Programs[] {
  return servers.map(({ major, binDirectory, extensions }) => ({
    ...{ major, binDirectory },
    offered: (name) => extensions.get(name),
  }))
}

async function programsHere(first: number, last: number): Promise<Programs[]> {
  const found: Programs[] = []
  for (let major = first; major <= last; major += 1) {
    const own = await findServerBinaries(major).catch(() => undefined)
    const distribution = `/usr/lib/postgresql/${major}/bin`
    const folders = [own, (await exists(join(distribution, 'initdb'))) ? distribution : undefined]
    for (const bin of new Set(folders)) if (bin !== undefined) found.push(installed(major, bin))
  }
  return found
}

function installed(major: number, binDirectory: string): Programs {
  // A distribution keeps what is not machine code below /usr/share.
  const folders = [
    join(dirname(binDirectory), 'share/postgresql/extension'),
    join(binDirectory, `../../../../share/postgresql/${major}/extension`),
  ]
  const offered = async (name: string) => {
    const read = folders.map((folder) => readFile(join(folder, `${name}.control`), 'utf8'))
    const control = await Promise.any(read).catch(() => undefined)
    return control === undefined ? undefined : (defaultVersion.exec(control)?.[1] ?? '')
  }
  return { major, binDirectory, offered }
}

/** Of an extension's control file. */
const defaultVersion = /^default_version\s*=\s*'([^']*)'/m

/** What server programs offer. */
async function describe(
  { major, binDirectory, offered }: Programs,
  { extensions, needed }: Pick<DrillNeeds, 'extensions' | 'needed'>,
  image?: DrillImage,
): Promise<DrillServer> {
  const versions = new Map<string, string>()
  for (const { name, version } of extensions) {
    const here = stoodInAlways.includes(name) ? version : await offered(name)
    if (here !== undefined) versions.set(name, here)
  }
  const lacking = extensions.map(({ name }) => name).filter((name) => !versions.has(name))
  const older = olderAt(
    extensions.filter(({ name }) => needed.includes(name)),
    { installed: [], offered: versions },
  )
  return { major, binDirectory, image, lacking, older, settings: settingsFor([...versions.keys()]) }
}

/** Extensions that only a server which loaded them at its start lets create, and what it has to be told of them. */
const preloaded: Readonly<Record<string, Record<string, string>>> = {
  // A drill must not run the project's jobs.
  pg_cron: { 'cron.database_name': 'postgres', 'cron.launch_active_jobs': 'off' },
  pg_net: {},
  pg_tle: {},
  pgaudit: {},
  timescaledb: { 'timescaledb.telemetry_level': 'off' },
}

/** The settings of a server that has the files of these extensions. */
export function settingsFor(extensions: readonly string[]): Record<string, string> {
  const loaded = Object.keys(preloaded).filter((name) => extensions.includes(name))
  if (loaded.length === 0) return {}
  return Object.assign(
    { shared_preload_libraries: loaded.join(',') },
    ...loaded.map((name) => preloaded[name]),
  )
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
