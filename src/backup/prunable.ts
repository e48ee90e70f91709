import type { Config } from '../config/load.ts'
import { readStatus } from '../report/store.ts'
import { archiveName, projectArchives, readArchiveList, withoutForeign } from '../retention/archives.ts'
import { inOrderOfRuns } from '../retention/order.ts'
import { namesToPrune, planRetention } from '../retention/plan.ts'
import { retentionRules } from '../retention/rules.ts'

/**
 * Which archives retention lets go once this run's archive exists; none after a degraded run, and none when the
 * repository's list is not given. Decided here, before that archive is made, to save a night the start of another Node.
 */
export async function prunableArchives(options: {
  config: Config
  /** File with the output of `borg list --json`. */
  archives: string | undefined
  status: 'complete' | 'degraded'
  /** When this run began: its archive's time. */
  started: Date
}): Promise<string[]> {
  const { config, status, started } = options
  if (options.archives === undefined || status === 'degraded') return []
  const project = config.PROJECT_NAME
  const names = withoutForeign(await readArchiveList(options.archives))
  const { sizes, verified } = await readStatus(config.STATE_DIR, project)
  const own = archiveName(project, started, status)
  const made = [own, ...sizes.map(({ archive }) => archive)]
  const plan = planRetention({
    archives: inOrderOfRuns(projectArchives([...names, own], project), made, started),
    rules: retentionRules(config),
    now: started,
    verified: new Set(Object.keys(verified)),
  })
  return namesToPrune(plan)
}
