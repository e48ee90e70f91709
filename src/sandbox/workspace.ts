import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'

/** A sandbox and the scripts that work on it, sharing one temporary folder. */
export interface Workspace {
  sandbox: Sandbox
  envFile: string
  /** Where the scripts keep state, logs, locks and caches: environment variables that name places inside the folder. */
  places: Record<string, string>
}

const placeVariables = [
  'XDG_CONFIG_HOME',
  'XDG_STATE_HOME',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
  'XDG_RUNTIME_DIR',
  'TMPDIR',
] as const

/**
 * Makes a temporary folder, hands it to the work, and removes it with everything in it however the work ends: done,
 * failed, or stopped by INT, TERM or HUP, which abort the signal the work is given.
 */
export async function inTemporaryFolder<Result>(
  work: (folder: string, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController()
  const stop = (name: NodeJS.Signals) => abort.abort(new Error(`stopped by ${name}`))
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, stop)
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-'))
  try {
    return await work(folder, abort.signal)
  } finally {
    await rm(folder, { recursive: true, force: true })
    for (const name of names) process.off(name, stop)
  }
}

/** Starts a sandbox in the folder and writes the env file that points the scripts at it. */
export async function openWorkspace(
  folder: string,
  options: Omit<SandboxOptions, 'directory'> = {},
): Promise<Workspace> {
  const sandbox = await startSandbox({ directory: folder, ...options })
  const lines = Object.entries(sandbox.environment()).map(([name, value]) => `${name}='${value}'\n`)
  const envFile = join(folder, 'sandbox.env')
  await writeFile(envFile, lines.join(''), { mode: 0o600 })
  return { sandbox, envFile, places: await makePlaces(folder) }
}

/** Makes what the scripts write in, inside the folder. @returns the variables that name it */
export async function makePlaces(folder: string): Promise<Record<string, string>> {
  const places: Record<string, string> = {}
  for (const variable of placeVariables) {
    const place = join(folder, variable.toLowerCase().replaceAll('_', '-'))
    // Passable, so that a drill's own PostgreSQL, which never runs as root, can live in the temporary folder.
    await mkdir(place, { mode: variable === 'TMPDIR' ? 0o711 : 0o700 })
    places[variable] = place
  }
  return places
}
