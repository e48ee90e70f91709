const names = [
  ...['LOCAL_BACKUP_DIR', 'BORG_EXTRACT_DIR', 'HOOKS_DIR', 'ENV_FILE', 'STATE_DIR', 'RUNS_DIR', 'LOG_DIR'],
  'LOCK_FILE',
]

/**
 * The places of a configuration, each of its name in a folder; default: one that is not there, for what writes nothing. With them
 * goes where programs are found.
 */
export function placesIn(folder = '/nowhere'): Record<string, string> {
  const places = Object.fromEntries(names.map((name) => [name, `${folder}/${name}`]))
  return { ...places, PATH: process.env['PATH'] ?? '' }
}
