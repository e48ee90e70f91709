import { existsSync } from 'node:fs'
import { Problem } from '../../problem.ts'
import { BackupError, type Environment, parseTimestamp, runProgram } from '../../toolkit.ts'
import type { Registry } from '../registry.ts'
import type { Plan } from './plan.ts'

/** What systemd's timers of the toolkit run. */
const units = {
  'supabase-backup': { kind: 'backup' },
  'supabase-backup-drill': { kind: 'drill' },
  'supabase-backup-check': { kind: 'check' },
  'supabase-backup-check-data': { kind: 'check', data: true },
} as const satisfies Record<string, Plan>
const managers = ['user', 'system'] as const

/** A timer of systemd that starts runs of a project. */
export interface Timer {
  projectId: string
  projectName: string
  unit: string
  /** What it runs, as a schedule would. */
  plan: Plan
  manager: (typeof managers)[number]
  /** When, as systemd writes it. */
  calendar: string
  /** The same as a cron expression; null where none says it. */
  cron: string | null
  /** ISO 8601. */
  nextAt: string | null
}

export type Timers = ReturnType<typeof timersOf>

/** The timers of systemd that are on for projects, as `systemctl show` says them. */
export function timersOf(parts: {
  environment: Environment
  registry: Registry
  /** Whether systemd runs this machine. */
  hasSystemd?: (() => boolean) | undefined
}) {
  const { environment, registry, hasSystemd = () => existsSync('/run/systemd/system') } = parts

  const systemctl = async (manager: Timer['manager'], args: readonly string[]): Promise<string> => {
    const { PATH, HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = environment
    const { stdout } = await runProgram({
      program: 'systemctl',
      args: [`--${manager}`, ...args],
      env: { PATH, HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, LC_ALL: 'C', TZ: 'UTC' },
      timeoutMs: 10_000,
      phase: 'dashboard/timers',
      suggestion: 'Is systemd running?',
    })
    return stdout
  }

  const list = async (projectId?: string): Promise<Timer[]> => {
    if (!hasSystemd()) return []
    const projects = registry.all().filter(({ id }) => projectId === undefined || id === projectId)
    const wanted = new Map<string, Pick<Timer, 'projectId' | 'projectName' | 'unit' | 'plan'>>()
    for (const { id, name } of projects)
      for (const [base, plan] of Object.entries(units)) {
        const unit = `${base}@${name}.timer`
        if (/^[\w.@-]+$/.test(unit)) wanted.set(unit, { projectId: id, projectName: name, unit, plan })
      }
    if (wanted.size === 0) return []
    const properties = '--property=Id,ActiveState,NextElapseUSecRealtime,TimersCalendar'
    const found = managers.map(async (manager) => {
      // One that has no such manager has no such timers.
      const shown = await systemctl(manager, ['show', properties, ...wanted.keys()]).catch(() => '')
      return shown.split(/\n\s*\n/).flatMap((block): Timer[] => {
        const facts = factsOf(block)
        const of = wanted.get(facts.get('Id') ?? '')
        if (of === undefined || facts.get('ActiveState') !== 'active') return []
        const calendar = /OnCalendar=([^;}]*?)\s*[;}]/.exec(facts.get('TimersCalendar') ?? '')?.[1] ?? ''
        const nextAt = parseTimestamp(facts.get('NextElapseUSecRealtime') ?? '') ?? null
        return [{ ...of, manager, calendar, cron: cronOf(calendar), nextAt }]
      })
    })
    return (await Promise.all(found)).flat()
  }

  return {
    hasSystemd,
    list,

    /**
     * Turns a timer off, so that a schedule takes its place.
     * @throws Problem NOT_FOUND, TIMER_KEPT
     */
    async turnOff(timer: Timer): Promise<void> {
      try {
        await systemctl(timer.manager, ['disable', '--now', timer.unit])
      } catch (error) {
        if (!(error instanceof BackupError)) throw error
        const sudo = timer.manager === 'system' ? 'sudo systemctl' : 'systemctl --user'
        throw new Problem({
          status: 409,
          code: 'TIMER_KEPT',
          message: `The timer ${timer.unit} could not be turned off, so nothing was changed.`,
          suggestion: `Type: ${sudo} disable --now ${timer.unit}, and make the schedule here then.`,
          detail: error.detail,
        })
      }
    },
  }
}

function factsOf(block: string): Map<string, string> {
  return new Map(
    block.split('\n').flatMap((line) => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value] as const]
    }),
  )
}

/** `Sun *-*-* 05:30:00` → `30 5 * * 0`; null for what has no such form. */
function cronOf(calendar: string): string | null {
  const match = /^(?:(Sun|Mon|Tue|Wed|Thu|Fri|Sat) )?\*-\*-(\*|\d\d) (\d\d):(\d\d)(?::00)?$/.exec(calendar)
  if (match === null) return null
  const [, weekday, day, hour, minute] = match
  const on = weekday === undefined ? '*' : ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(weekday)
  return `${Number(minute)} ${Number(hour)} ${day === '*' ? '*' : Number(day)} * ${on}`
}
