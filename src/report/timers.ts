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
  const next: Partial<Record<RunKind, string>> = {}
  for (const [kind, unit] of Object.entries(units))
    for (const manager of ['--user', '--system']) {
      const args = [
        manager,
        'show',
        '--property=NextElapseUSecRealtime',
        '--value',
        `${unit}@${project}.timer`,
      ]
      const answer = await runProgram({
        program: 'systemctl',
        args,
        env,
        timeoutMs: 5000,
        phase: 'status/timers',
        suggestion: 'Is systemd running?',
      }).catch(() => undefined)
      const time = answer && parseTimestamp(answer.stdout)
      if (time === undefined) continue
      next[kind as RunKind] = time
      break
    }
  return next
}

/** `Sat 2026-11-21 03:00:00 UTC`, as systemctl prints a time under TZ=UTC; anything else is no time. */
export function parseTimestamp(printed: string): string | undefined {
  const match = /^\w{3} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/.exec(printed.trim())
  return match ? `${match[1]}T${match[2]}Z` : undefined
}
