import { type Finding, finding } from '../common/findings.ts'
import { formatSeconds } from '../common/units.ts'

/** Clocks may differ by so much before it is said. */
const toleranceMs = 600_000

/**
 * Compares this machine's clock with the database's, which took the snapshot while the run was under way. Where they differ,
 * the archive is named by the server's time: names tell which backup is the newest, and retention counts by them.
 * @param options.snapshotAt by the server's clock; null without a database
 * @param options.component whose run took it
 * @param options.started,ended the run so far, by this machine's clock
 * @returns when the archive is from, and a finding where the clocks differ
 */
export function compareClocks(options: {
  snapshotAt: string | null
  component: string | undefined
  started: Date
  ended: Date
}): {
  archiveTime: Date
  difference: Finding | undefined
} {
  const { snapshotAt, started, ended } = options
  const taken = snapshotAt === null ? Number.NaN : Date.parse(snapshotAt)
  const ahead = started.getTime() - taken
  const behind = taken - ended.getTime()
  if (!(ahead > toleranceMs || behind > toleranceMs)) return { archiveTime: started, difference: undefined }
  const by = formatSeconds(Math.max(ahead, behind) / 1000)
  const message = `The clock of this machine is ${by} ${ahead > behind ? 'ahead of' : 'behind'} the database's. The archive is named by the database's time; set the clock (timedatectl set-ntp true), or ages and times are told wrongly.`
  return {
    archiveTime: new Date(taken),
    difference: finding({
      component: options.component ?? '',
      ...{ severity: 'manual', kind: 'clock-wrong', count: 1, message },
    }),
  }
}
