import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../common/log.ts'
import { createProgress } from '../../common/progress.ts'

const lookMs = 2_000

/** After so many looks without a byte more a file is taken to be whole, so that thousands of them are not asked for ever. */
const quietLooks = 5

/** The data file of a table, as pg_dump calls it. */
const dataFile = /^\d+\.dat$/

/**
 * Tells how far pg_dump has come, by the files that it has made so far: it says nothing itself, and so it is not slowed down.
 * @param options.jobs tables that it writes at a time
 * @param options.tables how many it will write
 * @returns `look` finds out by itself from time to time; `end` ends the display
 */
export function followDump(options: { directory: string; jobs: number; tables: number; log: Log }): {
  look(): Promise<void>
  end(): void
} {
  const { directory, jobs, tables, log } = options
  const progress = createProgress(log, 'dumping', { component: 'database', unit: 'tables', total: tables })
  const files = new Map<string, { size: number; quiet: number }>()
  let done = 0
  const look = async () => {
    // Not there before it has read the catalogue.
    const names = await readdir(directory).catch(() => [])
    for (const name of names.filter((each) => dataFile.test(each))) {
      const file = files.get(name) ?? { size: 0, quiet: 0 }
      files.set(name, file)
      if (file.quiet >= quietLooks) continue
      const { size } = await stat(join(directory, name)).catch(() => file)
      progress.add(0, size - file.size)
      file.quiet = size === file.size ? file.quiet + 1 : 0
      file.size = size
    }
    const finished = Math.min(Math.max(0, files.size - jobs), tables)
    progress.add(finished - done)
    done = finished
  }
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, lookMs).unref()
  return {
    look,
    end() {
      clearInterval(timer)
      progress.end()
    },
  }
}
