/**
 * Something a run has to say beyond success: a thing that could not be read (`degraded`), that somebody has to
 * do by hand (`manual`), or that is worth knowing (`note`). Only `degraded` changes the exit code.
 */
export interface Finding {
  /** The name of a component; what is stored may name one that only another version of the toolkit has. */
  component: string
  severity: 'degraded' | 'manual' | 'note'
  /** Stable, machine-readable, e.g. `table-unreadable`. */
  kind: string
  /** How many things the finding is about; `names` may list fewer. */
  count: number
  message: string
  /** The first hundred names at most. */
  names: string[]
}

const namesShown = 100

/** A finding over any number of names, of which the report carries the first hundred. */
export function finding(
  fields: Omit<Finding, 'count' | 'names'> & { names?: readonly string[]; count?: number },
): Finding {
  const names = fields.names ?? []
  return { ...fields, count: fields.count ?? names.length, names: names.slice(0, namesShown) }
}

/** What one component's backup, restore or verification came to. */
export interface ComponentResult {
  component: string
  /**
   * `carried`: left out of this run and brought over, unchanged, from the generation before; `stale`: its backup failed, and
   * its last good copy was brought over.
   */
  status: 'complete' | 'degraded' | 'failed' | 'skipped' | 'carried' | 'stale'
  /** When what the backup has of it was taken: ISO 8601, UTC. */
  takenAt?: string | undefined
  /** Wall time in seconds. */
  seconds: number
  /** Named quantities for the report: tables, rows, objects, bytesFetched, ... */
  counts: Record<string, number>
  /** Where the things of a count are listed by name: by its name, a path relative to the backup. */
  lists?: Record<string, string> | undefined
  findings: Finding[]
}

/** The status a component has with these findings. */
export function statusOf(findings: readonly Finding[]): 'complete' | 'degraded' {
  return findings.some((found) => found.severity === 'degraded') ? 'degraded' : 'complete'
}
