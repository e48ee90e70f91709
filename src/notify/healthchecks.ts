import type { Settings } from '../config/variables.ts'
import { isOfPart, type RunKind } from '../report/schema.ts'
import { post } from './http.ts'
import type { Notifier } from './notifier.ts'

/** Healthchecks keeps the first 100 kB of a ping's body. */
const bodyCharacters = 50_000
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Pings checks of healthchecks.io or a server like it: `/start`, then the exit status (0 is success, anything else a
 * failure), with the run id so that it can pair the two. Backups, repository checks and drills have a check each; it is
 * Healthchecks' own task to notice a run that does not come.
 */
export function healthchecks(settings: Settings): Notifier | undefined {
  const checks: Partial<Record<RunKind, string | undefined>> = {
    backup: settings.HEALTHCHECKS_URL,
    check: settings.HEALTHCHECKS_CHECK_URL,
    drill: settings.HEALTHCHECKS_DRILL_URL,
  }
  if (Object.values(checks).every((check) => check === undefined)) return undefined
  const ping = async (kind: RunKind, signal: string, runId: string, body: string) => {
    const check = checks[kind]
    if (check !== undefined) await post(pingAddress(check, signal, runId), body, 'text/plain; charset=utf-8')
  }
  return {
    name: 'healthchecks',
    started: ({ kind, runId }) => ping(kind, 'start', runId, ''),
    async told({ kind, report, text }) {
      // What watches over the backups of everything is not to take a part for one.
      if (report && !isOfPart(report))
        await ping(kind, String(report.exitCode), report.runId, text.slice(0, bodyCharacters))
    },
  }
}

/**
 * `https://hc-ping.com/<check>/start?rid=<run id>`; a query that the address already has stays.
 * @param signal what is told; an empty one is success
 */
export function pingAddress(check: string, signal: string, runId = ''): URL {
  const url = new URL(check)
  const base = url.pathname.replace(/\/+$/, '')
  url.pathname = signal === '' ? base : `${base}/${signal}`
  if (uuid.test(runId)) url.searchParams.set('rid', runId)
  return url
}
