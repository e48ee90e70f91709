import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunReport } from '../../../src/report/schema.ts'
import { leaveReports, reportOf } from './reports.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** A home of its own with projects in it as the scripts would have left them. */
export interface Lab {
  folder: string
  /** The dashboard's directory. */
  directory: string
  environment: Record<string, string>
  /** Where the scripts look for env files. */
  configuration: string
  /** @returns the project's state directory */
  addProject(name: string, reports?: readonly RunReport[]): Promise<string>
  envFile(name: string): string
  remove(): Promise<void>
}

export async function makeLab(): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-dashboard-'))
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder, 'home'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_DATA_HOME: join(folder, 'data'),
    TMPDIR: folder,
  }
  const configuration = join(folder, 'config/supabase-backup')
  await mkdir(configuration, { recursive: true })
  const envFile = (name: string) => join(configuration, `${name}.env`)
  return {
    folder,
    directory: join(folder, 'dashboard'),
    environment,
    configuration,
    envFile,
    async addProject(name, reports = []) {
      await writeFile(envFile(name), settingsOf(folder, name), { mode: 0o600 })
      const state = join(folder, 'state/supabase-backup', name)
      await mkdir(join(state, 'runs'), { recursive: true })
      await leaveReports(state, reports)
      return state
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What must never be seen outside of the env file. */
export const canary = 'canary-3f9a1c-of-the-tests'

function settingsOf(folder: string, name: string): string {
  const settings = {
    SUPABASE_URL: 'https://supabase.example.com',
    SUPABASE_DB_URL: `postgresql://postgres:${canary}@127.0.0.1:1/${name}`,
    SUPABASE_SERVICE_ROLE_KEY: `sb_secret_${canary}`,
    BORG_REPO: join(folder, `${name}.borg`),
    BORG_PASSPHRASE: canary,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}='${value}'\n`)
    .join('')
}

/** A month of nights, the last one some hours ago, and a drill each week; `changes` says what some nights were like, by days ago. */
export function monthOf(
  name: string,
  changes: Record<number, Partial<RunReport>> = {},
  now = Date.now(),
): RunReport[] {
  const nights = Array.from({ length: 30 }, (_, index) => 29 - index).flatMap((ago) => {
    const started = new Date(now - ago * dayMs - 3 * hourMs)
    const drill =
      ago % 7 === 2
        ? [reportOf(name, new Date(started.getTime() + hourMs), { kind: 'drill', seconds: 401 })]
        : []
    return [reportOf(name, started, changes[ago]), ...drill]
  })
  return nights
}
