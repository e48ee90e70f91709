import { type ComponentResult, statusOf } from '../common/findings.ts'
import { findComponent } from '../components/list.ts'
import type { Config } from '../config/config.ts'
import { sizeRegressions } from '../report/size-regression.ts'
import { readStatus } from '../report/store.ts'

/**
 * Adds to each component what it lost, suddenly, against the last good run, before the generation is sealed: its
 * archive is then named degraded and nothing is pruned, until the operator accepts the loss.
 */
export async function addSizeRegressions(options: {
  config: Config
  components: ComponentResult[]
  accepted: boolean
}): Promise<void> {
  const { config, components, accepted } = options
  const { baseline } = await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  const fresh = components.filter((result) => result.status === 'complete' || result.status === 'degraded')
  const guarded = (name: string) => findComponent(name)?.guarded ?? []
  const limitPercent = config.SHRINK_LIMIT
  const found = sizeRegressions({ components: fresh, baseline, guarded, limitPercent, accepted })
  for (const result of fresh) {
    result.findings.push(...found.filter((finding) => finding.component === result.component))
    result.status = statusOf(result.findings)
  }
}
