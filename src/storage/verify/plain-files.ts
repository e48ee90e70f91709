import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { oddKind } from '../../common/files.ts'

/** As many as fit a few megabytes. */
const directoriesRemembered = 10_000

/**
 * Finds plain files below a folder. No symbolic link leads to them, as none is ever made: what
 * lies behind one is not in the backup.
 */
export function plainFiles(folder: string) {
  const above = dirname(folder)
  const directories = new Set([above])
  const isDirectory = async (path: string): Promise<boolean> => {
    if (directories.has(path)) return true
    if (!(await isDirectory(dirname(path))) || !(await lstat(path)).isDirectory()) return false
    if (directories.size > directoriesRemembered) directories.clear()
    directories.add(path).add(above)
    return true
  }
  return {
    /** The file, or why there is none. */
    async find(path: string): Promise<Stats | string> {
      try {
        if (!(await isDirectory(dirname(path)))) return 'its folder is a symbolic link'
        const found = await lstat(path)
        const kind = oddKind(found)
        return kind === undefined ? found : `it is ${kind}`
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'ENOENT'
          ? 'there is none'
          : `it cannot be read: ${error instanceof Error ? error.message : error}`
      }
    },
  }
}
