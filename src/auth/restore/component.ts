import { z } from 'zod'
import type {
  ComponentProgress,
  ComponentRestore,
  RestoreContext,
  StandIn,
  StandInContext,
} from '../../components/component.ts'
import { authOf } from '../../project/project.ts'
import { startAuthApi } from '../../standin/auth-api/server.ts'
import { createAuthClient } from '../api/client.ts'
import { toRunError } from '../api/errors.ts'
import { usersMissed } from '../users/layout.ts'
import { previewUsers, usersLines } from './preview.ts'
import { restoreUsers } from './restore.ts'
import { verifyUsers } from './verify.ts'

const flagsSchema = z.object({ 'update-users': z.boolean().default(false) })
/** What is noted of a restore: the ids of users that were left as they are, and named. */
const stateSchema = z.object({ left: z.array(z.string()).default([]) })

/** Opens the restore of users by the admin API: by difference, so one that broke off is simply repeated. */
export async function openAuthRestore(context: RestoreContext): Promise<ComponentRestore> {
  const { generation, target, log, signal, manifest } = context
  // Whoever is not in a backup that missed some may have been there: nobody is removed for it.
  const hasAll = !manifest.components.some(
    ({ component, findings }) => component === 'auth' && findings.some(({ kind }) => kind === usersMissed),
  )
  const update = flagsSchema.parse(context.flags)['update-users']
  const client = createAuthClient({
    ...{ endpoint: await authOf(target), signal },
    onRetry: (error) => log.debug(`trying again: ${error.message}`),
  })
  const options = { client, generation, log, signal }
  const bring = async (progress: ComponentProgress, how: { update: boolean; removeExtra: boolean }) => {
    const { result, left } = await told(() => restoreUsers({ ...options, ...how }))
    await progress.note({ left })
    return result
  }
  return {
    async preview() {
      const preview = await told(() => previewUsers(options))
      const how = { update: update || context.rollback, removeExtra: context.rollback && hasAll }
      return { document: { ...preview }, lines: (limit) => usersLines(preview, how, limit) }
    },
    restore: (progress) => bring(progress, { update, removeExtra: false }),
    undo: (progress) => bring(progress, { update: true, removeExtra: hasAll }),
    verify(progress, rollback) {
      const left = new Set(stateSchema.parse(progress.state).left)
      return told(() => verifyUsers({ ...options, left, nobodyElse: rollback && hasAll }))
    },
    left: () => ({
      isUnchanged: false,
      state: 'Some of the users may be restored; repeating what is done costs nothing.',
      next: 'restore.sh --resume goes on.',
    }),
    close: () => client.close(),
  }
}

/** Errors as the operator reads them. */
async function told<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw toRunError(error)
  }
}

/** The users' part of the throwaway project: the admin API over users in memory. */
export async function standInForAuth({ project }: StandInContext): Promise<StandIn> {
  if (project.auth !== undefined) return { project: {}, findings: [], async stop() {} }
  const server = await startAuthApi()
  return {
    project: { auth: { url: server.url, serviceRoleKey: server.serviceRoleKey } },
    findings: [],
    stop: () => server.stop(),
  }
}
