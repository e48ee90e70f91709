import type { BackupContext, ComponentBackup } from '../../components/component.ts'
import { authOf, openOrigin } from '../../project/project.ts'
import { createAuthClient } from '../api/client.ts'
import { toRunError } from '../api/errors.ts'
import { backUpUsers } from './backup.ts'

/** Writes the users as the admin API tells of them. It has no snapshot: users who come or go meanwhile may be in it or not. */
export async function backUpAuth(context: BackupContext): Promise<ComponentBackup> {
  const { config, generation, previous, log, signal } = context
  const client = createAuthClient({
    ...{ endpoint: await authOf(openOrigin(config)), signal },
    onRetry: (error) => log.debug(`trying again: ${error.message}`),
  })
  try {
    const result = await backUpUsers({ client, generation, previous, now: new Date(), log, signal })
    return { result, snapshotAt: null }
  } catch (error) {
    throw toRunError(error)
  } finally {
    await client.close()
  }
}
