import { readFile } from 'node:fs/promises'
import { archiveNames, projectArchives } from '../../retention/archives.ts'
import { namesToPrune, planRetention, type RetentionRules } from '../../retention/plan.ts'
import { renderPlan } from '../../retention/render.ts'
import type { Status } from '../status.ts'
import { readStatus } from '../store.ts'
import { type CommandContext, parseFlags, required, usageError } from './command.ts'

const flags = {
  state: { type: 'string' },
  project: { type: 'string' },
  'archive-list': { type: 'string' },
  names: { type: 'boolean' },
  json: { type: 'boolean' },
  outcome: { type: 'string' },
} as const

/**
 * `report.ts prune-plan --state DIR --project NAME --archive-list FILE [--names|--json] [--outcome complete|degraded]`:
 * what retention would keep and prune, from the output of `borg list --json`. `--names` prints only the names to prune,
 * one a line, oldest first. `--outcome` is how the backup under way came out; without it the last one's counts.
 */
export async function prunePlanCommand({ args, environment, print }: CommandContext): Promise<number> {
  const values = parseFlags(args, flags)
  const project = required(values.project, 'project')
  const list = await readFile(required(values['archive-list'], 'archive-list'), 'utf8')
  const status = await readStatus(required(values.state, 'state'), project)
  const now = new Date()
  const plan = planRetention({
    archives: projectArchives(archiveNames(list), project),
    rules: rulesFrom(environment),
    now,
    verified: new Set(Object.keys(status.verified)),
    blocked: blockedBy(values.outcome, status),
  })
  if (values.names)
    print(
      namesToPrune(plan)
        .map((name) => `${name}\n`)
        .join(''),
    )
  else if (values.json) print(`${JSON.stringify(plan)}\n`)
  else print(renderPlan(plan, now))
  return 0
}

/** Nothing is pruned after a failed or degraded backup: what it could not read may be only in the older archives. */
function blockedBy(outcome: string | undefined, status: Status): string | undefined {
  const last = outcome ?? status.lastRun.backup?.outcome
  if (last === undefined) return 'no backup has been reported yet'
  if (last === 'complete' || last === 'success' || last === 'unchanged') return undefined
  return `the last backup was ${last}`
}

/** The rules from the validated settings that the scripts export. */
function rulesFrom(environment: NodeJS.ProcessEnv): RetentionRules {
  const number = (name: string, fallback: number) => {
    const value = Number(environment[name] ?? fallback)
    if (!Number.isInteger(value) || value < 0) throw usageError(`${name} must be a whole number.`)
    return value
  }
  return {
    keepWithinDays: number('BORG_RETENTION_DAYS', 21),
    keep: {
      daily: number('BORG_KEEP_DAILY', 0),
      weekly: number('BORG_KEEP_WEEKLY', 0),
      monthly: number('BORG_KEEP_MONTHLY', 0),
      yearly: number('BORG_KEEP_YEARLY', 0),
    },
    minArchives: number('MIN_ARCHIVES', 3),
  }
}
