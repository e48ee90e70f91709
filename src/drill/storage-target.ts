import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Log } from '../common/log.ts'
import { parseConnection } from '../database/connect/connection.ts'
import { startStorageApi } from '../standin/storage-api/server.ts'
import { type DrillDisk, orDrillDiskFull } from './disk-full.ts'
import { makeDrillFolder } from './folder.ts'
import { type DrillPlace, findDrillImage } from './image.ts'
import { installPlatform } from './platform.ts'
import { findDrillServer, startDrillServer } from './server.ts'
import type { DrillTarget } from './target.ts'

const phase = 'sandbox/drill'

/** The major for a backup that does not say on which its project ran: any will do where no database is restored. */
const anyMajor = 17

/**
 * Starts a project for a drill of Storage alone: the platform's own tables and a Storage API over them, without anything
 * of a database backup, which need not be there.
 * @param options.generation the drill's folder may be made beside it
 * @param options.server the version of the origin's PostgreSQL, where the backup says it
 * @param options.config says the container image to drill in, if any
 * @throws BackupError SANDBOX_SERVER_MISSING, SANDBOX_SERVER_FAILED, DRILL_IMAGE_UNUSABLE, DRILL_FOLDER_UNREACHABLE, DISK_FULL
 */
export async function startStorageTarget(options: {
  generation: string
  server: string | undefined
  config: DrillPlace
  log: Log
}): Promise<DrillTarget> {
  const major = Number.parseInt(options.server ?? '', 10) || anyMajor
  const { log } = options
  const image = await findDrillImage({ config: options.config, log, fetch: true })
  const programs = await findDrillServer({ major, extensions: [], needed: [] }, image)
  const folder = await makeDrillFolder(options.generation)
  const disk: DrillDisk = { place: dirname(folder), containers: image?.runtime.program }
  const closing = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const server = await startDrillServer(programs, join(folder, 'postgres'))
    closing.push(() => server.stop())
    disk.wasFull = server.wasFull
    const { url } = await installPlatform(server)
    const superuserUrl = server.url(server.superuser.user, server.superuser.password)
    const directory = join(folder, 'objects')
    await mkdir(directory)
    const storage = await startStorageApi({
      ...{ databaseUrl: superuserUrl, directory, jwtSecret: randomBytes(32).toString('base64url') },
      limits: { global: Number.MAX_SAFE_INTEGER, standard: Number.MAX_SAFE_INTEGER },
    })
    closing.push(() => storage.stop())
    log.info(`the drill's target is PostgreSQL ${programs.major} in ${image?.name ?? folder}`)
    return {
      database: parseConnection({ url }, phase),
      superuser: parseConnection({ url: superuserUrl }, phase),
      storage: { url: storage.url, serviceRoleKey: storage.serviceRoleKey },
      findings: [],
      failure: (error) => orDrillDiskFull(error, disk),
      stop,
    }
  } catch (error) {
    await stop()
    throw orDrillDiskFull(error, disk)
  }
}
