import { mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Database } from '../../db/open.ts'
import type { launches } from '../../db/schema/index.ts'
import { schedules } from '../../db/schema/index.ts'
import { Problem } from '../../problem.ts'
import { directoryProblem, holdsOneOf } from '../project/repository-place.ts'
import type { SettingsService } from '../settings.ts'
import { planSchema } from './plan.ts'

/** As restore.sh names the folder of an export, and what is left of one that was cut off. */
const dated = /^backup_\d{8}_\d{6}$/
const cutOff = /^backup_\d{8}_\d{6}\.unfinished$/

type Launch = Pick<typeof launches.$inferSelect, 'projectId' | 'scheduleId'>

export type ScheduledExports = ReturnType<typeof scheduledExportsOf>

/**
 * Exports of schedules, which stay: below the directory that an admin of the whole dashboard has set, a folder a project, in it one a
 * schedule, in it one an export. Whoever makes a schedule says no path, so that none leads elsewhere.
 */
export function scheduledExportsOf(parts: {
  database: Database
  settings: SettingsService
  /** Where none may go: directories of the dashboard, of the projects' settings, and of the projects themselves. */
  kept: () => readonly string[]
}) {
  const { database, settings, kept } = parts

  const root = (): string => {
    const { exportDirectory } = settings.get()
    if (exportDirectory === '') throw noDirectory
    return exportDirectory
  }

  const folderOf = ({ projectId, scheduleId }: Launch): string => {
    // They become a path.
    for (const part of [projectId, scheduleId ?? ''])
      if (!/^[\w~-][\w.~-]*$/.test(part)) throw new Error(`${part} is no name of a folder.`)
    return join(root(), projectId, scheduleId ?? '')
  }

  /** The folder as it lies on the disk. @throws Problem EXPORT_DIRECTORY where a link leads out of the directory */
  const inPlace = async (folder: string): Promise<string> => {
    const [top, found] = await Promise.all([realpath(root()), realpath(folder)])
    if (found.startsWith(`${top}${sep}`)) return found
    throw refused(`${folder} leads out of ${top}.`)
  }

  /** Makes a schedule's folder, without what is left of exports that were cut off. */
  const make = async (folder: string): Promise<string> => {
    // Nothing is made behind a link: the project's folder is looked at before there is one in it.
    for (const one of [dirname(folder), folder]) {
      await mkdir(one, { recursive: true, mode: 0o700 })
      await inPlace(one)
    }
    const place = await inPlace(folder)
    for (const name of await readdir(place))
      if (cutOff.test(name)) await rm(join(place, name), { recursive: true })
    return place
  }

  return {
    /** @throws Problem EXPORT_DIRECTORY where no admin has said where exports go */
    requireDirectory: (): void => void root(),

    /** @throws Problem EXPORT_DIRECTORY where exports may not go there */
    async requireSound(directory: string): Promise<void> {
      const problem = await directoryProblem(directory, kept())
      if (problem !== undefined) throw refused(`The directory of exports ${problem}.`)
      if (await holdsOneOf(directory, kept()))
        throw refused('The directory of exports must not hold what the dashboard or the projects keep.')
    },

    /**
     * Where a run may write; what is left of one that was cut off goes.
     * @throws Problem EXPORT_DIRECTORY
     */
    async open(launch: Launch): Promise<string> {
      await this.requireSound(root())
      try {
        return await make(folderOf(launch))
      } catch (error) {
        if (error instanceof Problem || !(error instanceof Error && 'syscall' in error)) throw error
        // Such as one that is not mounted, is full, or may not be written.
        throw refused(`Nothing can be written into the directory of exports (${error.message}).`)
      }
    },

    /** Keeps as many of the newest as the schedule says, once there is one more. What is no export is left alone. */
    async prune(launch: Launch): Promise<void> {
      const row = database
        .select({ plan: schedules.plan })
        .from(schedules)
        .where(eq(schedules.id, launch.scheduleId ?? ''))
        .get()
      const plan = row === undefined ? undefined : planSchema.parse(JSON.parse(row.plan))
      if (plan?.kind !== 'export') return
      const place = await inPlace(folderOf(launch))
      const names = (await readdir(place)).filter((name) => dated.test(name)).sort()
      for (const name of names.slice(0, -plan.keep)) await rm(join(place, name), { recursive: true })
    },
  }
}

const noDirectory = refused('Nobody has said yet where exports of schedules go.')

function refused(message: string): Problem {
  return new Problem({
    status: 409,
    code: 'EXPORT_DIRECTORY',
    message,
    suggestion: 'An admin names a directory of its own for them under Settings.',
  })
}
