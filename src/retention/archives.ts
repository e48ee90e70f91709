import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { partPattern } from '../common/partial.ts'

/** One Borg archive of a project, as its name tells. */
export interface Archive {
  name: string
  project: string
  /** When the run began (UTC). */
  time: Date
  /** `degraded` when something could not be read and the name says so. */
  status: 'complete' | 'degraded'
  /** Of a partial backup, which part it is of (`partOf`); a full one has none. */
  part?: string
}

const suffix = new RegExp(
  `^(\\d{4}-\\d{2}-\\d{2})_(\\d{2})-(\\d{2})-(\\d{2})(?:-(${partPattern}))?(-degraded)?$`,
)

/** A time as it stands in an archive's name: `2026-11-20_03-00-00`. */
export function archiveStamp(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-')
}

/**
 * `shop-2026-11-20_03-00-00`, with the part behind it for a partial backup, which an earlier version therefore leaves alone, and with
 * `-degraded` appended for a degraded run.
 */
export function archiveName(
  project: string,
  time: Date,
  status: Archive['status'],
  part: string | undefined = undefined,
): string {
  return [project, archiveStamp(time), part, status === 'degraded' ? status : undefined]
    .filter((word) => word !== undefined)
    .join('-')
}

/**
 * The archive of this project with this name, or undefined for anything else: another project's (even one whose
 * name begins with this one's), a `.checkpoint`, a name made by hand. What follows the project's name must be a
 * real date, and nothing more but what is said of the backup, so no name belongs to two projects.
 */
export function parseArchiveName(name: string, project: string): Archive | undefined {
  if (!name.startsWith(`${project}-`)) return undefined
  const match = suffix.exec(name.slice(project.length + 1))
  if (!match) return undefined
  const time = new Date(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`)
  const part = match[5]
  const status = match[6] === undefined ? 'complete' : 'degraded'
  // 31 February parses, as 3 March: only a date that prints as it was read is one.
  if (Number.isNaN(time.getTime()) || archiveName(project, time, status, part) !== name) return undefined
  return { name, project, time, status, ...(part !== undefined && { part }) }
}

/**
 * The UTC time in an archive name of this toolkit's predecessor, `2026-11-20_03-00-00`, which names no project; undefined
 * for any other name. Such archives can be restored from, and are never pruned.
 */
export function parsePredecessorName(name: string): Date | undefined {
  const archive = parseArchiveName(`predecessor-${name}`, 'predecessor')
  return archive?.status === 'complete' && archive.part === undefined ? archive.time : undefined
}

/**
 * Behind an archive's name, that of the empty archive beside it by which it is pinned (src/shell/pins.sh): so every machine that
 * lists the repository sees the pin, and the archive itself is not written again.
 */
const pinSuffix = '.pinned'

/** Of the names of all archives of a repository those that are pinned. */
export function pinnedNames(names: readonly string[]): Set<string> {
  return new Set(
    names.filter((name) => name.endsWith(pinSuffix)).map((name) => name.slice(0, -pinSuffix.length)),
  )
}

const borgListSchema = z.object({
  archives: z.array(z.object({ name: z.string(), comment: z.string().default('') })),
})

/**
 * The names in the output of `borg list --json`, oldest first as Borg gives them. Borg's own times are not used:
 * they carry no time zone.
 * @throws SyntaxError or ZodError when it is not such an output.
 */
export function archiveNames(borgList: string): string[] {
  return borgListSchema.parse(JSON.parse(borgList)).archives.map((archive) => archive.name)
}

/**
 * The names in a file with the output of `borg list --json`, and which of them another project of the same name has made:
 * src/shell/owner.sh leaves those beside it, in FILE.foreign.
 */
export async function readArchiveList(path: string): Promise<{ names: string[]; foreign: Set<string> }> {
  const names = archiveNames(await readFile(path, 'utf8'))
  const foreign = await readFile(`${path}.foreign`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return { names, foreign: new Set(foreign.split('\n').filter((name) => name !== '')) }
}

/**
 * Why archives are pinned, by name, empty where that was not said: what src/shell/pins.sh leaves beside such a list, in FILE.pins, where
 * there are any.
 */
export async function readPinReasons(path: string): Promise<Map<string, string>> {
  const text = await readFile(`${path}.pins`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"archives":[]}'
    throw error
  })
  const { archives } = borgListSchema.parse(JSON.parse(text))
  return new Map(
    archives.flatMap(({ name, comment }) => [...pinnedNames([name])].map((pinned) => [pinned, comment])),
  )
}

/** Of these names those that no other project of the same name has made. */
export function withoutForeign(list: { names: readonly string[]; foreign: ReadonlySet<string> }): string[] {
  return list.names.filter((name) => !list.foreign.has(name))
}

/** This project's archives among the names, those of partial backups too, newest first; every other name is left out. */
export function projectArchives(names: readonly string[], project: string): Archive[] {
  return names
    .map((name) => parseArchiveName(name, project))
    .filter((archive) => archive !== undefined)
    .sort((a, b) => b.time.getTime() - a.time.getTime() || (a.name < b.name ? -1 : 1))
}
