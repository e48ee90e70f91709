import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { runProgram } from '../../../src/common/process.ts'
import { type Contents, parseContents, readContents } from '../../../src/database/rules/contents.ts'
import { type PostgresServer, startPostgres } from '../../../src/drill/postgres.ts'

const hostileNames = [
  'with space',
  'new\nline',
  'semi; colon',
  '"quoted"',
  "o'clock",
  'naïve ☃ 数',
  '-- dashes',
  'select',
]

/** Entries pg_restore does not list: they are settings of the session, or restored only with --create. */
const ofDatabaseItself = ['ENCODING', 'STDSTRINGS', 'SEARCHPATH', 'DATABASE']

let directory: string
let server: PostgresServer
let contents: Contents

async function run(program: string, ...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', PGPASSWORD: server.superuser.password }
  const { stdout } = await runProgram({ program, args, env, phase: 'test', suggestion: '' })
  return stdout
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'contents-test-'))
  await chmod(directory, 0o755) // the server runs as another user
  server = await startPostgres({ directory: join(directory, 'server'), major: 15 })
  const url = server.url(server.superuser.user, server.superuser.password)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const name of hostileNames) {
    const quoted = pg.escapeIdentifier(name)
    await client.query(
      `CREATE SCHEMA ${quoted}; CREATE TABLE ${quoted}.${quoted} (${quoted} int PRIMARY KEY)`,
    )
    await client.query(`COMMENT ON TABLE ${quoted}.${quoted} IS ${pg.escapeLiteral(name)}`)
  }
  await client.query(`CREATE FUNCTION f(a text DEFAULT 'x;
-- y', b int[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$ SELECT '
-- Name: fake; Type: TABLE; Schema: -; Owner: -
' $$; REVOKE ALL ON FUNCTION f FROM PUBLIC; SELECT lo_from_bytea(4711, 'abc');`)
  await client.end()
  const dump = join(directory, 'dump')
  await run('pg_dump', '-Fd', '-Z0', '-f', dump, server.url(server.superuser.user, ''))
  contents = await readContents(dump)
})

afterAll(async () => {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

describe('the table of contents', () => {
  test('agrees with pg_restore -l in every entry, in order', async () => {
    const printed = (await run('pg_restore', '-l', join(directory, 'dump')))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(';'))
    const ours = contents.entries
      .filter((entry) => !ofDatabaseItself.includes(entry.desc) && !entry.tag.startsWith('DATABASE '))
      .map(({ dumpId, catalog, desc, namespace, tag, owner }) =>
        `${dumpId}; ${catalog.tableOid} ${catalog.oid} ${desc} ${namespace || '-'} ${tag} ${owner}`.replaceAll(
          '\n',
          ' ',
        ),
      )
    expect(ours).toEqual(printed)
  })

  test('keeps names with spaces, newlines, quotes and other scripts as they are', () => {
    const tables = contents.entries.filter((entry) => entry.desc === 'TABLE')
    expect(tables.map((entry) => entry.tag).sort()).toEqual([...hostileNames].sort())
    expect(tables.map((entry) => entry.namespace).sort()).toEqual([...hostileNames].sort())
  })

  test('carries the SQL, the owner, the dependencies and the data file of an entry', async () => {
    const table = contents.entries.find((entry) => entry.desc === 'TABLE' && entry.tag === 'new\nline')
    const data = contents.entries.find((entry) => entry.desc === 'TABLE DATA' && entry.tag === 'new\nline')
    expect(table?.defn).toContain('CREATE TABLE "new\nline"."new\nline"')
    expect(table).toMatchObject({ owner: 'supabase_admin', section: 'pre-data', accessMethod: 'heap' })
    expect(data?.dependencies).toEqual([table?.dumpId])
    expect(data?.copyStmt).toBe('COPY "new\nline"."new\nline" ("new\nline") FROM stdin;\n')
    expect(await readFile(join(directory, 'dump', data?.file ?? ''), 'utf8')).toBe('\\.\n\n\n')
    expect(contents).toMatchObject({ archiveVersion: '1.14', database: 'postgres' })
  })

  test('names the types of a function in its tag and keeps its body', () => {
    const body = contents.entries.find((entry) => entry.desc === 'FUNCTION')
    expect(body?.tag).toBe('f(text, integer[])')
    expect(body?.defn).toContain('\n-- Name: fake; Type: TABLE; Schema: -; Owner: -\n')
  })

  test('refuses a file that is cut short at any of many places', async () => {
    const whole = await readFile(join(directory, 'dump', 'toc.dat'))
    for (let cut = 0; cut < whole.length; cut += Math.ceil(whole.length / 50))
      expect(() => parseContents(whole.subarray(0, cut)), `cut at ${cut}`).toThrow(BackupError)
  })

  test('refuses a newer archive format by its number', async () => {
    const altered = Buffer.from(await readFile(join(directory, 'dump', 'toc.dat')))
    altered[6] = 17
    expect(() => parseContents(altered)).toThrow(/cannot be read/)
  })
})
