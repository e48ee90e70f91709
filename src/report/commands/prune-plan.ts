import { loadConfig } from '../../config/load.ts'
import { pinnedNames, projectArchives, readArchiveList, withoutForeign } from '../../retention/archives.ts'
import { inOrderOfRuns } from '../../retention/order.ts'
import { namesToPrune, planRetention } from '../../retention/plan.ts'
import { renderPlan } from '../../retention/render.ts'
import { retentionRules } from '../../retention/rules.ts'
import { heldBy, madeBy, pruningBlockedBy } from '../status.ts'
import { readStatus } from '../store.ts'
import { type CommandContext, parseFlags, required } from './command.ts'

/**
 * `report.ts prune-plan --archive-list FILE [--json | --names]`: shows what retention would keep and prune now, from the output
 * of `borg list --json`. With
 * `--names` only the names of those that go. Changes nothing.
 */
export async function prunePlanCommand({ args, environment, print }: CommandContext): Promise<number> {
  const flags = parseFlags(args, {
    'archive-list': { type: 'string' },
    json: { type: 'boolean' },
    names: { type: 'boolean' },
  })
  const config = loadConfig(environment)
  const list = await readArchiveList(required(flags['archive-list'], 'archive-list'))
  const status = await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  const now = new Date()
  const plan = planRetention({
    archives: inOrderOfRuns(projectArchives(withoutForeign(list), config.PROJECT_NAME), madeBy(status), now),
    rules: retentionRules(config),
    now,
    holds: heldBy(status),
    verified: new Set(Object.keys(status.verified)),
    pinned: pinnedNames(list.names),
    blocked: pruningBlockedBy(status.lastRun.backup?.outcome),
  })
  if (flags.names)
    print(
      namesToPrune(plan)
        .map((name) => `${name}\n`)
        .join(''),
    )
  else print(flags.json ? `${JSON.stringify(plan)}\n` : renderPlan(plan, now))
  return 0
}
