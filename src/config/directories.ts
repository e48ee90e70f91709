import { userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { configurationError } from './problem.ts'
import type { Values } from './sources.ts'

const toolkit = 'supabase-backup'
const systemConfiguration = join('/etc', toolkit)

export type Environment = Record<string, string | undefined>

/** HOME, or the account's own where that is unset, empty or relative; under no account there is none. */
function home(environment: Environment): string {
  if (environment['HOME']?.startsWith('/')) return environment['HOME']
  try {
    return userInfo().homedir
  } catch {
    throw configurationError({
      code: 'HOME_UNKNOWN',
      message: 'HOME is not set, and this user has no account that names a home directory.',
      suggestion: 'Set it to a directory of this user, e.g.: export HOME=/var/lib/supabase-backup',
    })
  }
}

/** The first of the directories systemd gives a unit in such a variable. */
function unitDirectory(environment: Environment, name: string): string | undefined {
  return environment[name]?.split(':')[0] || undefined
}

/** A leading `~`, `$HOME` or `${HOME}` made absolute. */
export function expandHome(path: string, environment: Environment): string {
  return path.replace(/^(~|\$HOME|\$\{HOME\})(?=\/|$)/, () => home(environment))
}

/** One of the XDG variables; a relative path in one is to be ignored (XDG Base Directory Specification). */
function xdgDirectory(environment: Environment, name: string): string | undefined {
  const path = environment[name]
  return path?.startsWith('/') ? path : undefined
}

/** Where env files are looked for, the most particular place first. */
export function configurationDirectories(environment: Environment): string[] {
  const own = join(
    xdgDirectory(environment, 'XDG_CONFIG_HOME') ?? join(home(environment), '.config'),
    toolkit,
  )
  const unit = unitDirectory(environment, 'CONFIGURATION_DIRECTORY')
  return [...new Set([...(unit === undefined ? [] : [unit]), own, systemConfiguration])]
}

/**
 * Where a project's data, state, logs and lock lie. systemd's directories win; otherwise a project configured in
 * /etc belongs to the system and any other to its user, so a run by hand and one by the timer use the same places.
 */
export function projectDirectories(envFile: string, project: string, environment: Environment): Values {
  const isSystem = dirname(envFile) === systemConfiguration
  const base = (unit: string, system: string, xdg: string, fallback: string) =>
    unitDirectory(environment, unit) ??
    join(isSystem ? system : (xdgDirectory(environment, xdg) ?? join(home(environment), fallback)), toolkit)
  const state = join(base('STATE_DIRECTORY', '/var/lib', 'XDG_STATE_HOME', '.local/state'), project)
  const logs =
    unitDirectory(environment, 'LOGS_DIRECTORY') ?? (isSystem ? join('/var/log', toolkit) : undefined)
  const data = isSystem
    ? state
    : join(
        xdgDirectory(environment, 'XDG_DATA_HOME') ?? join(home(environment), '.local/share'),
        toolkit,
        project,
      )
  return {
    STATE_DIR: state,
    RUNS_DIR: join(state, 'runs'),
    LOG_DIR: logs === undefined ? join(state, 'logs') : join(logs, project),
    // Beside what it protects: with it in the runtime directory, a run from cron did not see one of a log-in's.
    LOCK_FILE: join(state, 'lock'),
    HOOKS_DIR: join(dirname(envFile), 'hooks.d'),
    LOCAL_BACKUP_DIR: join(data, 'current'),
    BORG_EXTRACT_DIR: join(data, 'extract'),
  }
}

/** `shop` for `/etc/supabase-backup/shop.env`; undefined for a file that is only called `.env`. */
export function projectOfFile(envFile: string): string | undefined {
  return basename(envFile).replace(/\.?env$/, '') || undefined
}
