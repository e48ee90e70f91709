import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { readJsonl } from '../../../src/common/jsonl.ts'
import { silentLog } from '../../../src/common/log.ts'
import type { Manifest } from '../../../src/common/manifest.ts'
import { runProgram } from '../../../src/common/process.ts'
import { loadConfig } from '../../../src/config/load.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { libpqEnvironment, parseConnection } from '../../../src/database/connect/connection.ts'
import { writeCopyLine } from '../../../src/database/import/copy-line.ts'
import { readMembers } from '../../../src/database/import/json-members.ts'
import { quoteName } from '../../../src/database/sql/statements.ts'
import { type ExportOptions, exportBackup } from '../../../src/export/export.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { backupInto, installHostile, query, testClients } from '../../helpers/database.ts'
import { placesIn } from '../../helpers/places.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const manifest = {
  ...{
    format: 1,
    runId: 'run',
    startedAt: '2026-11-20T02:41:06.000Z',
    snapshotAt: '2026-11-20T02:41:07.123Z',
  },
  ...{ status: 'complete', tool: { name: 'supabase-backup', version: '0' }, components: [], versions: {} },
  ...{ project: { name: 'shop', ref: null, url: null }, files: {}, seal: '' },
} satisfies Manifest

let platform: TestPlatform
let clients: PostgresClients
let binDirectory: string | undefined
let generation: string
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supabase-backup-export-'))
  clients = await testClients()
  if (inject('major') === 17) binDirectory = (await prepareClients17()).binDirectory
  platform = await startTestPlatform()
  await installHostile(platform)
  generation = await backupInto(platform.databaseUrl, clients)
})
afterAll(async () => {
  await platform.stop()
  await rm(generation, { recursive: true, force: true })
  await rm(directory, { recursive: true, force: true })
})

const tableSchema = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string().optional(),
  rows: z.number(),
})
const documentSchema = z.object({
  tables: z.array(
    tableSchema.extend({
      columns: z.array(z.object({ name: z.string() })),
      files: z.record(z.string(), z.string()),
    }),
  ),
  withoutFile: z.array(tableSchema),
  users: z.number().nullable(),
})
type Exported = { folder: string } & z.infer<typeof documentSchema>

async function exportInto(name: string, options: Partial<ExportOptions> = {}): Promise<Exported> {
  const config = loadConfig({
    ...placesIn(),
    ...{ PROJECT_NAME: 'shop', SUPABASE_DB_URL: platform.databaseUrl, PG_BIN_DIR: binDirectory },
  })
  const { folder, components } = await exportBackup({
    ...{ generation, manifest, config, source: 'Local', components: ['database'], flags: {} },
    ...{
      formats: ['sql', 'json', 'csv'],
      directory: join(directory, name),
      toolVersion: '0',
      log: silentLog,
    },
    signal: new AbortController().signal,
    ...options,
  })
  return { folder, ...documentSchema.parse(components['database']?.document) }
}

/** Runs psql as the superuser and returns what it prints; with `stop` at the first error. */
async function psql(script: string, { database = 'postgres', stop = true } = {}): Promise<string> {
  const url = new URL(platform.superuserUrl)
  url.pathname = `/${database}`
  const call = clients.command(
    'psql',
    ['-X', '-q', '-A', '-t', '-v', `ON_ERROR_STOP=${stop ? 1 : 0}`, '-f', '-'],
    libpqEnvironment(parseConnection({ url: url.href }, 'test')),
  )
  return (await runProgram({ ...call, input: script, phase: 'test', suggestion: '' })).stdout
}

const hash = (table: string) =>
  `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(textin(record_out(t.*)), 0)), 0) FROM ONLY ${table} t;`

describe('an export of a hostile database', () => {
  let exported: Exported
  beforeAll(async () => {
    exported = await exportInto('all')
  })

  it('is a dated folder that only its owner may read, and holds what it promises', async () => {
    expect(exported.folder).toBe(join(directory, 'all', 'backup_20261120_024107'))
    expect((await readdir(exported.folder)).sort()).toEqual([
      ...['auth_users.json', 'database.sql', 'metadata.json', 'tables_csv', 'tables_json'],
    ])
    expect((await stat(exported.folder)).mode & 0o777).toBe(0o700)
    const users = z
      .array(z.looseObject({ id: z.string() }))
      .parse(JSON.parse(await readFile(join(exported.folder, 'auth_users.json'), 'utf8')))
    expect(users.length).toBe(exported.users)
    const metadata = JSON.parse(await readFile(join(exported.folder, 'metadata.json'), 'utf8'))
    expect(metadata.database.tables.length).toBe(exported.tables.length)
    expect(exported.tables.length).toBeGreaterThan(30)
  })

  it.each(['json', 'csv'] as const)(
    'as %s loses nothing: read back, every row of every table is the same',
    async (format) => {
      for (const { schema, name, columns, files } of exported.tables) {
        const table = quoteName(schema, name)
        const names = columns.map((column) => quoteName(column.name)).join(', ')
        const file = join(exported.folder, files[format] ?? '')
        // The server reads it itself: psql would take a line `\\.` within a value for the end of CSV.
        const rows = join(platform.directory, 'rows')
        await writeFile(rows, format === 'json' ? await copyText(file, table) : await readFile(file), {
          mode: 0o644,
        })
        const select = `SELECT ${names} FROM ONLY ${table}`
        const result = await psql(
          `CREATE TEMPORARY TABLE expected AS ${select}; CREATE TEMPORARY TABLE loaded AS ${select} LIMIT 0;
           COPY loaded FROM '${rows}' (FORMAT ${format === 'csv' ? 'csv, HEADER' : 'text'});
           ${hash('expected')}\n${hash('loaded')}\n`,
        )
        const [expected, loaded] = result.trim().split('\n')
        expect(loaded, `${schema}.${name}`).toBe(expected)
      }
    },
  )

  it('as SQL restores with psql alone', async () => {
    await query(platform.superuserUrl, 'CREATE DATABASE copy TEMPLATE template0')
    const script = await readFile(join(exported.folder, 'database.sql'), 'utf8')
    // The roles are the cluster's; what the platform's event triggers do is theirs.
    await psql(script, { database: 'copy', stop: false })
    expect(await psql(hash('app.edges'), { database: 'copy' })).toBe(await psql(hash('app.edges')))
  })
})

/** An exported table's JSON as COPY reads it. */
async function copyText(file: string, table: string): Promise<string> {
  const columns = await query(
    platform.superuserUrl,
    `WITH RECURSIVE base AS (
       SELECT a.attname, a.attnum, t.oid, t.typtype, t.typbasetype, t.typcategory, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = ${literal(table)}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       UNION ALL SELECT b.attname, b.attnum, t.oid, t.typtype, t.typbasetype, t.typcategory, t.typname FROM base b JOIN pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
     SELECT attname AS name, typname IN ('json', 'jsonb') AS "isJson", typcategory = 'A' AS "isArray", NULL AS delimiter, false AS "wantsValue" FROM base WHERE typtype <> 'd' ORDER BY attnum`,
  )
  const shape = z
    .array(
      z.object({
        name: z.string(),
        isJson: z.boolean(),
        isArray: z.boolean(),
        delimiter: z.null(),
        wantsValue: z.boolean(),
      }),
    )
    .parse(columns)
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
  return lines.map((line) => `${writeCopyLine(readMembers(line), shape)}\n`).join('')
}

function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

it('an export names the tables it has no file of, so that its numbers add up to those of the backup', async () => {
  const { tables, withoutFile } = await exportInto('adds up', { formats: ['csv'] })
  const recorded = (await readFile(join(generation, 'database/tables.jsonl'), 'utf8')).trim().split('\n')
  const rows = (list: readonly { rows: number }[]) => list.reduce((sum, table) => sum + table.rows, 0)
  expect(tables.length + withoutFile.length).toBe(recorded.length)
  expect(rows(tables) + rows(withoutFile)).toBe(
    rows(recorded.map((line) => z.object({ rows: z.number() }).parse(JSON.parse(line)))),
  )
  expect(withoutFile.map(({ kind }) => kind)).toContain('materialized view')
})

describe('an export of a part', () => {
  it('has the table that was chosen, in the formats that were, and no users', async () => {
    const { folder, tables } = await exportInto('part', {
      formats: ['sql', 'json'],
      flags: { table: ['app.edges'] },
    })
    expect(tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual(['app.edges'])
    expect((await readdir(folder)).sort()).toEqual(['database.sql', 'metadata.json', 'tables_json'])
    const rows = await Array.fromAsync(
      readJsonl(join(folder, 'tables_json/app.edges.jsonl'), (value) =>
        z.looseObject({ id: z.number() }).parse(value),
      ),
    )
    expect(rows.map(({ id }) => id).sort()).toEqual([1, 2, 3, 4, 5, 6])
    expect(await readFile(join(folder, 'database.sql'), 'utf8')).not.toContain('text_traps')
  })

  it('of what the backup does not have is refused, and leaves nothing', async () => {
    const flags = { schema: ['nowhere'] }
    await expect(exportInto('none', { flags })).rejects.toMatchObject({ code: 'NOTHING_SELECTED' })
    expect(await readdir(join(directory, 'none'))).toEqual([])
  })

  it('of which the backup lacks one name is refused by that name', async () => {
    const flags = { schema: ['app', 'nowhere'], table: ['app.edges', 'app.hedges'] }
    await expect(exportInto('lacking', { flags })).rejects.toMatchObject({
      ...{ code: 'NOTHING_SELECTED', exitCode: 2 },
      message: 'The backup has nothing of these names: schema nowhere, table app.hedges.',
    })
    expect(await readdir(join(directory, 'lacking'))).toEqual([])
  })

  it('never overwrites one that is there', async () => {
    await exportInto('twice', { formats: ['json'] })
    await expect(exportInto('twice', { formats: ['json'] })).rejects.toMatchObject({ code: 'EXPORT_EXISTS' })
  })
})
