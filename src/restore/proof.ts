import type { Finding } from '../common/findings.ts'
import { connect } from '../database/connect/connection.ts'
import { clientsOf } from '../database/restore/clients.ts'
import { type DatabaseVerification, verifyDatabase } from '../database/verify/verify.ts'
import { databaseOf } from '../project/project.ts'
import { verifyStorage } from '../storage/verify/verify.ts'
import type { ApplyOptions } from './apply.ts'

/** One thing at the target that is not as the backup has it. */
export interface ComponentDifference {
  component: string
  kind: string
  name: string
  expected: string | null
  actual: string | null
}

/** What comparing a target with a backup came to; `verification` of the run report. */
export interface Proof {
  ok: boolean
  counts: Record<string, number>
  differences: ComponentDifference[]
  findings: Finding[]
}

const differencesReported = 100

/** A comparison of a database, as a proof. */
export function proofOf(database: DatabaseVerification): Proof {
  const differences = database.differences
    .slice(0, differencesReported)
    .map((found) => ({ component: 'database' as const, ...found }))
  return { ...database, differences }
}

/** Compares a target with the generation that was restored into it, reading both anew. */
export async function proveEqual(
  options: ApplyOptions & { verifyBytes: string | undefined },
): Promise<Proof> {
  const { components, target } = options
  const proof: Proof = { ok: true, counts: {}, differences: [], findings: [] }
  const count = (counts: Record<string, number>) => {
    for (const [name, value] of Object.entries(counts)) proof.counts[name] = (proof.counts[name] ?? 0) + value
  }
  if (components.includes('database')) {
    const database = await verifyDatabase({
      ...options,
      clients: clientsOf(options),
      target: databaseOf(target),
      disarmed: !options.arm,
      weakened: options.progress.done.weakened,
    })
    const found = proofOf(database)
    proof.ok &&= found.ok
    proof.findings.push(...found.findings)
    proof.differences.push(...found.differences)
    count(found.counts)
  }
  if (components.includes('storage') && target.storage) {
    const client = target.database && (await connect(target.database, 'restore/verify'))
    try {
      const log = options.log.child('storage')
      const storage = await verifyStorage({ ...options, endpoint: target.storage, database: client, log })
      proof.ok &&= storage.ok
      proof.differences.push(
        ...storage.differences.map(({ kind, name, detail }) => ({
          ...{ component: 'storage' as const, kind, name },
          ...{ expected: null, actual: detail ?? null },
        })),
      )
      count(storage.counts)
    } finally {
      await client?.end()
    }
  }
  return { ...proof, differences: proof.differences.slice(0, differencesReported) }
}
