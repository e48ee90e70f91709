import { createReadStream } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { type LargeObject, largeObjects, savedFact } from '../facts/all.ts'
import { type ContentsEntry, damagedContents, isPlainFileName } from '../rules/contents.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import { ignorePrivilegeError } from './ignore-privilege-error.ts'
import { joinRoles } from './ownership.ts'

/** Bytes written by one statement; it travels as base64. */
const pieceBytes = 384 * 1024

interface LargeObjectFile {
  oid: number
  path: string
}

/** The large objects of a dump: each contents entry names a list with lines `<oid> <file>`. */
async function* listFiles(dump: string, entries: readonly ContentsEntry[]): AsyncGenerator<LargeObjectFile> {
  for (const { file } of entries) {
    if (file === undefined) continue
    const lines = (await readFile(join(dump, file), 'utf8')).split('\n').filter((line) => line !== '')
    for (const line of lines) {
      const [, oid, name] = /^(\d+) (.*)$/.exec(line) ?? []
      if (oid === undefined || name === undefined || !isPlainFileName(name))
        throw damagedContents(`${file}: ${line}`)
      yield { oid: Number(oid), path: join(dump, name) }
    }
  }
}

async function* statements(
  files: AsyncIterable<LargeObjectFile> | Iterable<LargeObjectFile>,
): AsyncGenerator<string> {
  for await (const { oid, path } of files) {
    let offset = 0
    for await (const chunk of createReadStream(path, { highWaterMark: pieceBytes })) {
      const piece: Buffer = chunk
      yield `SELECT pg_catalog.lo_put(${oid}, ${offset}, pg_catalog.decode('${piece.toString('base64')}', 'base64'));\n`
      offset += piece.length
    }
  }
}

/**
 * Writes the contents of large objects inside the session's transaction. pg_restore would wrap them in a transaction
 * of its own, whose COMMIT would end ours half-way.
 * @param dump `<generation>/database/dump`
 * @param entries the dump's `BLOBS` entries, whose large objects exist already
 */
export async function restoreLargeObjects(
  session: PsqlSession,
  dump: string,
  entries: readonly ContentsEntry[],
): Promise<void> {
  if (entries.length > 0) await session.feed(statements(listFiles(dump, entries)))
  await restoreCopies(session, dirname(dump))
}

/**
 * Creates the large objects a dump had to leave out because one among them could not be read, from the copies of the
 * readable ones beside it.
 * @param directory `<generation>/database`
 */
async function restoreCopies(session: PsqlSession, directory: string): Promise<void> {
  const copies = join(directory, 'large-objects')
  const present = await access(copies).then(
    () => true,
    () => false,
  )
  if (!present) return
  const rows = await Array.fromAsync(savedFact(dirname(directory), largeObjects))
  const [server] = await session.rows(
    `SELECT current_setting('server_version_num')::int AS version`,
    z.object({ version: z.number() }),
  )
  const membership = await joinRoles(
    session,
    rows.map(({ owner }) => owner),
    server?.version ?? 0,
  )
  for (const row of rows) {
    await session.run(`SELECT pg_catalog.lo_create(${row.oid});\n`)
    await session.feed(statements([{ oid: row.oid, path: join(copies, String(row.oid)) }]))
    await session.run(await attributes(session, row))
  }
  await membership.giveBack()
}

/** SQL for owner, comment and privileges. Who may not give an object away keeps it, which verification then shows. */
async function attributes(session: PsqlSession, row: LargeObject): Promise<string> {
  const object = `LARGE OBJECT ${row.oid}`
  const owner = ignorePrivilegeError(`ALTER ${object} OWNER TO ${quoteName(row.owner)}`)
  const comment = row.comment === null ? '' : `COMMENT ON ${object} IS ${quoteText(row.comment)};\n`
  if (row.acl === null) return owner + comment
  const grants = await session.rows(
    `SELECT format('GRANT %s ON ${object} TO %s%s;', privilege_type,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
      CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS sql
    FROM aclexplode(ARRAY[${row.acl.map(quoteText).join(', ')}]::aclitem[])`,
    z.object({ sql: z.string() }),
  )
  const revoke = `REVOKE ALL ON ${object} FROM ${quoteName(row.owner)};\n`
  return owner + comment + revoke + grants.map(({ sql }) => `${sql}\n`).join('')
}
