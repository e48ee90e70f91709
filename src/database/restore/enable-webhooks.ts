import { join } from 'node:path'
import type { Log } from '../../common/log.ts'
import { HttpError } from '../../http/error.ts'
import { createManagementClient } from '../../management-api/client.ts'
import { projectPath } from '../../management-api/project.ts'
import { databaseOf, type Project } from '../../project/project.ts'
import { readCatalogFacts } from '../facts/catalog-facts.ts'
import { readContents } from '../rules/contents.ts'
import { decide } from '../rules/rules.ts'
import { type Selection, selectEntries } from '../rules/selection.ts'
import { lackingWebhooks, webhooksSchema } from '../rules/webhooks.ts'
import { inspectTarget } from './target.ts'

interface EnableWebhooksOptions {
  generation: string
  target: Project
  /** What of the database is restored; all by default. */
  selection?: Selection | undefined
  log: Log
  signal?: AbortSignal | undefined
}

/**
 * Has Database Webhooks enabled at a target that lacks them and whose backup has triggers that call them: through the Management
 * API, so before the transaction that creates these. Where there is no access token, or it may not, the triggers are left out
 * and named, with what to do.
 */
export async function enableWebhooks(options: EnableWebhooksOptions): Promise<void> {
  const { target, log, signal } = options
  if (target.management === undefined || !(await lacksWebhooks(options))) return
  const { endpoint, ref } = target.management
  const client = createManagementClient({ endpoint, signal })
  try {
    const path = projectPath(ref, '/database/webhooks/enable')
    await client.retrying(async () => (await client.send({ method: 'POST', path })).whole())
    log.info('enabled Database Webhooks at the target, which triggers of the backup call')
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    log.warn(`Database Webhooks could not be enabled at the target: ${error.message}`)
  } finally {
    await client.close()
  }
}

/** Whether a trigger that is restored calls them, and the target has none. */
async function lacksWebhooks({ generation, target, selection }: EnableWebhooksOptions): Promise<boolean> {
  const { entries } = await readContents(join(generation, 'database', 'dump'))
  if (!entries.some(({ desc, defn }) => desc === 'TRIGGER' && defn?.includes(webhooksSchema))) return false
  const { schemas } = await inspectTarget(databaseOf(target))
  if (schemas.has(webhooksSchema)) return false
  const chosen = selection && (await selectEntries(entries, selection))
  const decisions = decide(entries, await readCatalogFacts(generation))
  const restored = decisions.filter(({ entry }) => chosen?.has(entry) ?? true)
  return (await lackingWebhooks(restored, schemas)).length > 0
}
