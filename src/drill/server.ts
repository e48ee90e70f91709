import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { extensionsMissing } from './packages.ts'
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
  /** The extensions it has. */
  extensions: readonly string[]
  /** Those its tables, functions, ... are made of. */
  needed: readonly string[]
  /** The newest server that the client programs speak to. */
  newestMajor?: number | undefined
}

/** Server programs a drill can run on. */
export interface DrillServer {
  major: number
  binDirectory: string
  /** Of the wanted extensions, those these programs have no files for. */
  lacking: string[]
  /** What the server has to be started with for the extensions it has. */
  settings: Record<string, string>
}

/**
 * Finds server programs for a drill: the toolkit's own or the distribution's, of the wanted major or a newer one. Those
 * that lack nothing a backup needs go first, then the nearest major, then those that lack fewer of its extensions.
 * @throws BackupError SANDBOX_SERVER_MISSING when there are none; DRILL_EXTENSION_MISSING when none has what is needed
 */
export async function findDrillServer(needs: DrillNeeds): Promise<DrillServer> {
  const last = Math.max(needs.major, Math.min(newestMajor, needs.newestMajor ?? newestMajor))
  const candidates: DrillServer[] = []
  for (let major = needs.major; major <= last; major += 1)
    for (const bin of await binDirectories(major))
      candidates.push(await describe(major, bin, needs.extensions))
  const lacks = ({ lacking }: DrillServer) =>
    needs.needed.filter((name) => lacking.includes(name) && !stoodInWhereLacking.includes(name))
  const [best] = candidates.toSorted(
    (a, b) => lacks(a).length - lacks(b).length || a.major - b.major || a.lacking.length - b.lacking.length,
  )
  // Its error says what to install.
  if (best === undefined)
    return describe(needs.major, await findServerBinaries(needs.major), needs.extensions)
  if (lacks(best).length > 0) throw await extensionsMissing(needs.major, lacks(best))
  return best
}

async function binDirectories(major: number): Promise<string[]> {
  const own = await findServerBinaries(major).catch(() => undefined)
  const distribution = `/usr/lib/postgresql/${major}/bin`
  const found = [own, (await exists(join(distribution, 'initdb'))) ? distribution : undefined]
  return [...new Set(found.filter((bin) => bin !== undefined))]
}

/** What server programs offer. */
async function describe(
  major: number,
  binDirectory: string,
  extensions: readonly string[],
): Promise<DrillServer> {
  // A distribution keeps what is not machine code below /usr/share.
  const folders = [
    join(dirname(binDirectory), 'share/postgresql/extension'),
    join(binDirectory, `../../../../share/postgresql/${major}/extension`),
  ]
  const hasFiles = async (name: string) =>
    stoodInAlways.includes(name) ||
    (await Promise.all(folders.map((folder) => exists(join(folder, `${name}.control`))))).includes(true)
  const present = await Promise.all(extensions.map(hasFiles))
  const lacking = extensions.filter((_, index) => !present[index])
  return {
    major,
    binDirectory,
    lacking,
    settings: settingsFor(extensions.filter((name) => !lacking.includes(name))),
  }
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
