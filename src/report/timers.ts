import { runProgram } from '../common/process.ts'
import type { RunKind } from './schema.ts'

const units: Partial<Record<RunKind, string>> = {
  backup: 'supabase-backup',
  drill: 'supabase-backup-drill',
  check: 'supabase-backup-check',
}

/**
 * When systemd starts the project's next runs, by kind; ISO 8601. Asks the user's manager, then the system's. A kind
 * without a timer is left out, and so is everything on a machine without systemd.
 */
export async function nextRuns(
  project: string,
  environment: Record<string, string | undefined>,
): Promise<Partial<Record<RunKind, string>>> {
  const { PATH, HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = environment
  const env = { PATH, HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, LC_ALL: 'C', TZ: 'UTC' }
  const next = async (unit: string) => {
    for (const manager of ['--user', '--system']) {
      const time = await nextRun(manager, `${unit}@${project}.timer`, env)
      if (time !== undefined) return time
    }
    return undefined
  }
  // All at once: somebody may be looking at the screen.
  const times = await Promise.all(
    Object.entries(units).map(async ([kind, unit]) => [kind, await next(unit)] as const),
  )
  return Object.fromEntries(times.filter(([, time]) => time !== undefined))
}

async function nextRun(
  manager: string,
  timer: string,
  env: Record<string, string | undefined>,
): Promise<string | undefined> {
  const answer = await runProgram({
    program: 'systemctl',
    args: [manager, 'show', '--property=NextElapseUSecRealtime', '--value', timer],
    env,
    timeoutMs: 5000,
    phase: 'status/timers',
    suggestion: 'Is systemd running?',
  }).catch(() => undefined)
  return answer && parseTimestamp(answer.stdout)
}

/** `Sat 2026-11-21 03:00:00 UTC`, as systemctl prints a time under TZ=UTC; anything else is no time. */
export function parseTimestamp(printed: string): string | undefined {
  const match = /^\w{3} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/.exec(printed.trim())
  return match ? `${match[1]}T${match[2]}Z` : undefined
}
