import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findServerBinaries } from './postgres.ts'

/** The newest major there are server programs of anywhere. */
const newestMajor = 18

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
 * Finds server programs of the wanted major, or of the nearest newer one: the toolkit's own or the distribution's,
 * whichever lacks fewer of the extensions.
 * @throws BackupError SANDBOX_SERVER_MISSING when there are none
 */
export async function findDrillServer(
  wantedMajor: number,
  extensions: readonly string[],
): Promise<DrillServer> {
  for (let major = wantedMajor; major <= newestMajor; major += 1) {
    const directories = await binDirectories(major)
    const candidates = await Promise.all(directories.map((bin) => describe(major, bin, extensions)))
    const best = candidates.toSorted((a, b) => a.lacking.length - b.lacking.length)[0]
    if (best) return best
  }
  // Its error says what to install.
  return describe(wantedMajor, await findServerBinaries(wantedMajor), extensions)
}

async function binDirectories(major: number): Promise<string[]> {
  const own = await findServerBinaries(major).catch(() => undefined)
  const distribution = `/usr/lib/postgresql/${major}/bin`
  const found = [own, (await exists(join(distribution, 'initdb'))) ? distribution : undefined]
  return [...new Set(found.filter((bin) => bin !== undefined))]
}

async function describe(
  major: number,
  binDirectory: string,
  extensions: readonly string[],
): Promise<DrillServer> {
  // A distribution keeps what is not machine code below /usr/share.
  const folder = binDirectory.startsWith('/usr/')
    ? `/usr/share/postgresql/${major}/extension`
    : join(dirname(binDirectory), 'share/postgresql/extension')
  const present = await Promise.all(extensions.map((name) => exists(join(folder, `${name}.control`))))
  const lacking = extensions.filter((_, index) => !present[index])
  const hasCron = extensions.includes('pg_cron') && !lacking.includes('pg_cron')
  return { major, binDirectory, lacking, settings: hasCron ? cronSettings : {} }
}

/** pg_cron has to be preloaded; a drill must not run the project's jobs. */
const cronSettings = {
  shared_preload_libraries: 'pg_cron',
  'cron.database_name': 'postgres',
  'cron.launch_active_jobs': 'off',
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
