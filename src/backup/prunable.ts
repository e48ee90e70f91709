import type { Config } from '../config/config.ts'
import { heldBy, madeBy } from '../report/status.ts'
import { readStatus } from '../report/store.ts'
import {
  archiveName,
  pinnedNames,
  projectArchives,
  readArchiveList,
  withoutForeign,
} from '../retention/archives.ts'
import { inOrderOfRuns } from '../retention/order.ts'
import { namesToPrune, planRetention } from '../retention/plan.ts'
import { retentionRules } from '../retention/rules.ts'

/**
 * Which archives retention lets go once this run's archive exists; none after a degraded run, and none when the
 * repository's list is not given. A partial backup lets go of none but those of the same part. Decided here, before that archive is made, to save a night the start of another Node.
 */
export async function prunableArchives(options: {
  config: Config
  /** File with the output of `borg list --json`. */
  archives: string | undefined
  status: 'complete' | 'degraded'
  /** When this run began: its archive's time. */
  started: Date
  /** Of a partial backup what its archive's name says of it. */
  part: string | undefined
  /** The components in it. */
  components: readonly string[]
}): Promise<string[]> {
  const { config, status, started, part, components } = options
  if (options.archives === undefined || status === 'degraded') return []
  const project = config.PROJECT_NAME
  const names = withoutForeign(await readArchiveList(options.archives))
  const known = await readStatus(config.STATE_DIR, project)
  const own = archiveName(project, started, status, part)
  const archives = projectArchives([...names, own], project).filter(
    (archive) => part === undefined || archive.part === part,
  )
  const plan = planRetention({
    archives: inOrderOfRuns(archives, [own, ...madeBy(known)], started),
    rules: retentionRules(config),
    now: started,
    holds: heldBy(known).set(own, components),
    verified: new Set(Object.keys(known.verified)),
    pinned: pinnedNames(names),
  })
  return namesToPrune(plan)
}
