import { statusOf } from '../../common/findings.ts'
import { openPsql } from '../connect/psql.ts'
import { databaseError } from '../connect/query-errors.ts'
import { openSnapshot } from '../connect/snapshot.ts'
import { readCatalogFacts } from '../facts/catalog-facts.ts'
import { compareRoleFacts } from '../verify/catalog.ts'
import type { Difference } from '../verify/difference.ts'
import { checkTransaction, commit, transactionId } from './commit.ts'
import { type DatabasePreview, type DatabasePreviewOptions, previewObjects } from './preview.ts'
import type { DatabaseRestoreOptions } from './restore.ts'
import type { RestoredPart } from './restored-part.ts'
import { createRoles, restoreMemberships, restoreRoleSettings } from './roles.ts'
import { ownSettings } from './step.ts'
import { inspectTarget } from './target.ts'
import { type Weakening, weakeningFindings } from './weakened.ts'

const phase = 'database/restore'

/**
 * Makes the roles of a backup, their memberships and settings as it has them, in one transaction, and compares them with it
 * afterwards. Roles that it does not know stay.
 */
export async function restoreRoles(options: DatabaseRestoreOptions): Promise<RestoredPart> {
  const started = performance.now()
  const recorded = await readCatalogFacts(options.generation)
  const target = await inspectTarget(options.target)
  const weakened: Weakening[] = []
  const session = await openPsql({ ...options, connection: options.target, folders: [], phase })
  try {
    await session.run(`${ownSettings}BEGIN;\n`)
    const transaction = await transactionId(session)
    weakened.push(...(await createRoles(session, recorded, target)))
    weakened.push(...(await restoreMemberships(session, recorded, target)))
    const set = await restoreRoleSettings(session, recorded, target, options.superuser)
    weakened.push(...set.weakened)
    await checkTransaction(session, transaction)
    await commit(session, { ...options, transaction })
  } finally {
    await session.close()
  }
  const findings = weakeningFindings(weakened)
  const counts = {
    roles: recorded.roles.length,
    memberships: recorded.memberships.length,
    settings: recorded.settings.length,
  }
  const differences = await differencesOf(options, weakened)
  return {
    result: {
      ...{ component: 'database', status: statusOf(findings), counts, findings },
      seconds: (performance.now() - started) / 1000,
    },
    verification: {
      ...{ ok: differences.length === 0, differences, findings: [] },
      counts: { ...counts, differences: differences.length },
    },
  }
}

/** What that would do, and changes nothing. */
export async function previewRoles(options: DatabasePreviewOptions): Promise<DatabasePreview> {
  const differences = await differencesOf(options, [])
  const objects = differences.map((found) => ({ ...found, name: `${found.kind} ${found.name}` }))
  return {
    ...{ tables: [], objects: previewObjects(objects), findings: [] },
    extensions: { create: [], move: [], missing: [] },
  }
}

async function differencesOf(
  { generation, target }: Pick<DatabaseRestoreOptions, 'generation' | 'target'>,
  weakened: readonly Weakening[],
): Promise<Difference[]> {
  const snapshot = await openSnapshot(target)
  try {
    return await compareRoleFacts({ client: snapshot.lead, generation, weakened })
  } catch (error) {
    throw databaseError(error, 'database/verify')
  } finally {
    await snapshot.close()
  }
}
