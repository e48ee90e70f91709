/** Plain JavaScript, because it runs before anything is built. */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Makes the directory of a build, which appears when all of it is there. Builds before the last one are removed: what runs may still be
 * using that.
 * @param directory absolute; named after what it is built of, beside other builds
 * @param build fills the directory that it is given
 */
export async function buildInto(directory, build) {
  const builds = dirname(directory)
  const unfinished = `${directory}.${process.pid}.unfinished`
  const earlier = existsSync(builds) ? readdirSync(builds).map((name) => join(builds, name)) : []
  try {
    await build(unfinished)
    renameSync(unfinished, directory)
    const byAge = earlier.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    for (const old of byAge.slice(1)) rmSync(old, { recursive: true, force: true })
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Somebody else was first.
    if (!existsSync(directory)) throw error
  }
}
