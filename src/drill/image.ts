import { totalmem } from 'node:os'
import {
  type ContainerRuntime,
  callsOf,
  fetchImage,
  findContainerRuntime,
  hasImage,
  type Run,
  removeAbandoned,
} from '../common/containers.ts'
import { BackupError, ExitCode, toBackupError } from '../common/errors.ts'
import type { Log } from '../common/log.ts'
import type { Config } from '../config/config.ts'

const phase = 'sandbox/drill'
/** A runtime may copy the whole image for its first container. */
const describeTimeoutMs = 120_000

/** Server programs in a container image. */
interface ImageServer {
  major: number
  /** Their folder in the image. */
  binDirectory: string
  /** The extensions that the image has files of, and in which versions. */
  extensions: ReadonlyMap<string, string>
}

/** A container image to drill in, that was tried. */
export interface DrillImage {
  name: string
  runtime: ContainerRuntime
  /** Bounds of memory and processes, where this machine lets its containers have them. */
  bounds: readonly string[]
  servers: ImageServer[]
}

/** Where the server keeps its data: every system has this folder, and everybody may write in it. */
export const dataFolder = '/var/tmp'

/** An account that no system's own user has; the same number is nobody's outside of a rootless container. */
export const containerAccount = 61_184

/** More than a drill's server has, and too little to keep a machine from its work. */
const pidsBound = '--pids-limit=1024'
const memoryBound = `--memory=${Math.floor(totalmem() / 2)}`

/**
 * What every container of a drill is started with: no network, no capability and no way to gain one, nothing that it could
 * write to but its data and the folders it is given.
 */
export const containerOptions: readonly string[] = [
  '--rm',
  '--pull=never',
  '--network=none',
  '--read-only',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--security-opt=label=disable',
  '--log-driver=none',
  '--shm-size=256m',
  '--workdir=/',
  `--user=${containerAccount}:${containerAccount}`,
  `--volume=${dataFolder}`,
  '--entrypoint=sh',
]

/**
 * Prints a line for every folder with a server's programs: the folder, the version, its extensions with their versions. Those are
 * where pg_config says, beside the programs, or where Debian keeps what is not machine code.
 */
const describing = `
for postgres in "$(command -v postgres)" /usr/lib/postgresql/*/bin/postgres /usr/lib/postgresql/bin/postgres \\
  /usr/local/bin/postgres /usr/local/pgsql/bin/postgres /usr/pgsql-*/bin/postgres /nix/var/nix/profiles/default/bin/postgres; do
  bin=\${postgres%/postgres}
  [ -x "$postgres" ] && [ -x "$bin/initdb" ] || continue
  version=$("$postgres" --version) || continue
  major=\${version#*) } major=\${major%%[!0-9]*} names=
  for share in "$("$bin/pg_config" --sharedir 2>/dev/null)" "$bin/../share/postgresql" "$bin/../share" \\
    "/usr/share/postgresql/$major" /usr/share/postgresql; do
    for control in "$share"/extension/*.control; do
      [ -r "$control" ] || continue
      offers=
      while IFS= read -r line; do
        case $line in default_version*\\'*) offers=\${line#*\\'} offers=\${offers%%\\'*};; esac
      done <"$control"
      control=\${control##*/}
      names="$names \${control%.control}=$offers"
    done
  done
  printf '%s\\t%s\\t%s\\n' "$bin" "$major" "$names"
done`

/** What of the configuration says where a drill runs. */
export type DrillPlace = Pick<Config, 'environment'> & Partial<Pick<Config, 'DRILL_IMAGE'>>

/**
 * The container image that DRILL_IMAGE names, and the server programs in it; undefined where it names none.
 * @param options.fetch whether an image that is not here yet is fetched
 * @throws BackupError DRILL_IMAGE_UNUSABLE without a container runtime, without the image, or without a server in it
 */
export async function findDrillImage(options: {
  config: DrillPlace
  log: Log
  fetch: boolean
}): Promise<DrillImage | undefined> {
  const { config, log } = options
  const name = config.DRILL_IMAGE
  if (!name) return undefined
  const runtime = await findContainerRuntime({ phase, environment: config.environment })
  if (runtime === undefined)
    throw unusable(name, 'there is no Podman or Docker that works', 'Install the package podman')
  const run = callsOf(runtime, phase)
  const remedy = `Try "${runtime.program} pull ${name}"`
  if (!options.fetch && !(await hasImage(run, name)))
    throw unusable(name, 'it has not been fetched to this machine yet', remedy)
  try {
    await removeAbandoned(run)
    await fetchImage(runtime, run, name, log)
    const { stdout, bounds } = await describe(run, name)
    const servers = parseServers(stdout)
    if (servers.length === 0) throw new Error('it has no initdb and postgres')
    return { name, runtime, bounds, servers }
  } catch (error) {
    throw unusable(name, toBackupError(error, phase).detail ?? String(error), remedy)
  }
}

/** Bounds take control groups, which not every machine gives to containers, or not all of them: Debian on some boards has none of memory. */
async function describe(run: Run, image: string): Promise<{ stdout: string; bounds: readonly string[] }> {
  const call = (more: readonly string[]) =>
    run(['run', ...containerOptions, ...more, image, '-c', describing], describeTimeoutMs)
  for (const bounds of [[pidsBound, memoryBound], [memoryBound], [pidsBound]]) {
    const answer = await call(bounds).catch(() => undefined)
    if (answer !== undefined) return { ...answer, bounds }
  }
  return { ...(await call([])), bounds: [] }
}

/** Which of the bounds this machine does not give to a container; undefined where it gives both. */
export function missingBounds({ bounds }: Pick<DrillImage, 'bounds'>): string | undefined {
  if (bounds.length === 0) return 'no control groups for containers'
  if (!bounds.includes(memoryBound)) return 'no bound of memory for containers'
  return bounds.includes(pidsBound) ? undefined : 'no bound of processes for containers'
}

/** Reads what `describing` printed. */
function parseServers(output: string): ImageServer[] {
  return output
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([binDirectory = '', major = '', names = '']) => ({
      ...{ binDirectory, major: Number.parseInt(major, 10) },
      extensions: new Map(names.split(' ').map(pairOf)),
    }))
    .filter(({ major }) => !Number.isNaN(major))
}

/** `name=version` */
function pairOf(text: string): [string, string] {
  const [name = '', version = ''] = text.split('=')
  return [name, version]
}

function unusable(name: string, detail: string, remedy: string): BackupError {
  return new BackupError({
    code: 'DRILL_IMAGE_UNUSABLE',
    message: `The container image ${name} (DRILL_IMAGE) cannot be drilled in.`,
    detail,
    suggestion: `${remedy}; set DRILL_IMAGE to an image of PostgreSQL; or unset it to drill on the server programs of this machine.`,
    phase,
    exitCode: ExitCode.configuration,
  })
}
