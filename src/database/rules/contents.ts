import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '../../common/errors.ts'
import { withoutColumnVersions } from './column-versions.ts'

const phase = 'database/contents'

const sections = ['none', 'pre-data', 'data', 'post-data'] as const
type Section = (typeof sections)[number]

/** One entry of a dump's table of contents: one object, its data, its privileges, its comment, ... */
export interface ContentsEntry {
  /** The number `pg_restore -L` selects it by. */
  dumpId: number
  /** The catalog that holds the object, and its OID there; 0 where an entry has none. */
  catalog: { tableOid: number; oid: number }
  /** The object's name as pg_dump spells it; of a function with its argument types, of an ACL `TABLE items`. */
  tag: string
  /** What it is: `TABLE`, `TABLE DATA`, `ACL`, `FK CONSTRAINT`, ... */
  desc: string
  section: Section
  /** The SQL that creates it; may be several statements, or empty. */
  defn: string
  /** The same as pg_restore writes it, where `defn` is without something of it. */
  written?: string
  dropStmt: string
  /** `COPY schema.table (columns) FROM stdin;` of an entry with data. */
  copyStmt: string
  /** The schema it is in; empty where there is none. */
  namespace: string
  tablespace: string
  accessMethod: string
  owner: string
  /** Dump ids of the entries it needs. */
  dependencies: number[]
  /** Its data file in the dump's directory. */
  file: string | undefined
}

/** An entry as people call it: type, schema, name. */
export function nameOf({ desc, namespace, tag }: ContentsEntry): string {
  return [desc, namespace, tag].filter((part) => part !== '').join(' ')
}

export interface Contents {
  /** Version of the archive format, e.g. `1.14`. */
  archiveVersion: string
  database: string
  /** As the server and pg_dump called themselves, e.g. `15.20`. */
  serverVersion: string
  dumpVersion: string
  entries: ContentsEntry[]
}

/** The error of a table of contents that no pg_dump wrote. */
export function damagedContents(detail: string): BackupError {
  return new BackupError({
    code: 'DUMP_CONTENTS_UNREADABLE',
    message: "The dump's table of contents cannot be read.",
    detail,
    suggestion: 'Check the backup with restore.sh --verify, or choose another archive.',
    phase,
  })
}

/** Reads the archive's primitive types: integers as a sign byte and `intSize` bytes, strings by their length. */
class ArchiveReader {
  readonly #bytes: Buffer
  #at = 0
  intSize = 4

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) throw damagedContents(`It ends early, at byte ${this.#at}.`)
    this.#at += 1
    return value
  }

  integer(): number {
    const sign = this.byte() === 0 ? 1 : -1
    let value = 0
    for (let place = 0; place < this.intSize; place += 1) value += this.byte() * 2 ** (8 * place)
    return sign * value
  }

  /** `undefined` where the archive says NULL. */
  string(): string | undefined {
    const length = this.integer()
    if (length < 0) return undefined
    const end = this.#at + length
    if (end > this.#bytes.length) throw damagedContents(`It ends early, in a string at byte ${this.#at}.`)
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end
    return text
  }

  skipIntegers(count: number): void {
    for (let index = 0; index < count; index += 1) this.integer()
  }
}

/** Minor versions of the archive format: 1.14 is written by pg_dump 12 to 15, 1.15 by 16, 1.16 by 17 and 18. */
const oldestMinor = 14
const compressionByteSince = 15
const relationKindSince = 16

function readHead(reader: ArchiveReader): Omit<Contents, 'entries'> & { minor: number } {
  const magic = String.fromCharCode(...Array.from({ length: 5 }, () => reader.byte()))
  if (magic !== 'PGDMP') throw damagedContents('It does not begin with PGDMP.')
  const major = reader.byte()
  const minor = reader.byte()
  reader.byte()
  if (major !== 1 || minor < oldestMinor || minor > relationKindSince)
    throw damagedContents(
      `It has archive format ${major}.${minor}; 1.14 to 1.16 are known (pg_dump 12 to 18).`,
    )
  reader.intSize = reader.byte()
  reader.byte() // size of a file offset, which only other formats use
  reader.byte() // format; a directory says "tar", whose reader can use it too
  if (minor >= compressionByteSince) reader.byte()
  else reader.integer()
  reader.skipIntegers(7) // creation time
  return {
    archiveVersion: `${major}.${minor}`,
    minor,
    database: reader.string() ?? '',
    serverVersion: reader.string() ?? '',
    dumpVersion: reader.string() ?? '',
  }
}

function readDependencies(reader: ArchiveReader): number[] {
  const dependencies: number[] = []
  for (let text = reader.string(); text !== undefined; text = reader.string()) dependencies.push(Number(text))
  return dependencies
}

/** Whether a name, as a dump has it, is that of a file beside its table of contents. */
export function isPlainFileName(name: string): boolean {
  return /^\w[\w.-]*$/.test(name)
}

function readEntry(reader: ArchiveReader, minor: number): ContentsEntry {
  const text = () => reader.string() ?? ''
  const dumpId = reader.integer()
  reader.integer() // whether pg_dump had data for it
  const catalog = { tableOid: Number(text()), oid: Number(text()) }
  const tag = text()
  const desc = text()
  const section = sections[reader.integer() - 1]
  if (section === undefined) throw damagedContents(`Entry ${dumpId} is in no known section.`)
  const [defn, dropStmt, copyStmt] = [text(), text(), text()]
  const [namespace, tablespace, accessMethod] = [text(), text(), text()]
  if (minor >= relationKindSince) reader.integer()
  const owner = text()
  text() // whether the table had OIDs, no longer possible
  const dependencies = readDependencies(reader)
  const file = reader.string() || undefined
  // A dump of somebody else's may name any file of this machine.
  if (file !== undefined && !isPlainFileName(file))
    throw damagedContents(`Entry ${dumpId} names a file outside of the dump: ${file}`)
  return {
    ...{ dumpId, catalog, tag, desc, section, defn, dropStmt, copyStmt },
    ...{ namespace, tablespace, accessMethod, owner, dependencies, file },
  }
}

/** Parses the bytes of a directory archive's `toc.dat`. */
export function parseContents(bytes: Buffer): Contents {
  const reader = new ArchiveReader(bytes)
  const { minor, ...head } = readHead(reader)
  const count = reader.integer()
  return { ...head, entries: Array.from({ length: count }, () => readEntry(reader, minor)) }
}

/**
 * Reads the table of contents of a directory-format dump. The binary file is read rather than the lines of
 * `pg_restore -l`, which print newlines in names as spaces and separate fields by them.
 * @throws BackupError when it is missing, cut short, or of an unknown format
 */
export async function readContents(dump: string): Promise<Contents> {
  const bytes = await readFile(join(dump, 'toc.dat')).catch((error: NodeJS.ErrnoException) => {
    throw damagedContents(`${join(dump, 'toc.dat')}: ${error.code}`)
  })
  const contents = parseContents(bytes)
  return { ...contents, entries: await withoutColumnVersions(contents.entries) }
}
