import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { runProgram } from '../../../src/common/process.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { libpqArguments, libpqEnvironment } from '../../../src/database/connect/connection.ts'
import { parseConnection } from '../../../src/database/connect/connection-string.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { type ContentsEntry, nameOf, readContents } from '../../../src/database/rules/contents.ts'
import { checkEntries, kinds } from '../../../src/database/rules/entry-kinds.ts'
import { decide } from '../../../src/database/rules/rules.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** No server of ours has what makes these. */
const notMade = ['SECURITY LABEL']

/** What only a superuser can make, also on a hosted project. */
const superusers = [
  ...['ACCESS METHOD', 'OPERATOR CLASS', 'OPERATOR FAMILY', 'PROCEDURAL LANGUAGE', 'SHELL TYPE'],
  ...['TEXT SEARCH PARSER', 'TEXT SEARCH TEMPLATE', 'TRANSFORM'],
]
const isSuperusers = ({ desc, tag }: ContentsEntry) => superusers.includes(desc) || tag === 'shell_alone'

const sql = (name: string) => readFile(new URL(`../../helpers/${name}.sql`, import.meta.url), 'utf8')

/** What pg_dump writes of all of a database, to somebody from whom nothing is hidden. */
async function dumpAll(url: string, clients: PostgresClients, ...args: string[]): Promise<ContentsEntry[]> {
  const folder = await mkdtemp(join(tmpdir(), 'every-kind-'))
  const env = libpqEnvironment(parseConnection({ url }, 'test'))
  const dump = join(folder, 'dump')
  const call = clients.command('pg_dump', [...libpqArguments, '-Fd', '-f', dump, ...args], env, [folder])
  await runProgram({ ...call, phase: 'test', suggestion: '' })
  const { entries } = await readContents(dump)
  await rm(folder, { recursive: true, force: true })
  return entries
}

describe.each([15, 17] as const)('an object of every kind on PostgreSQL %s', (major) => {
  let source: TestPlatform
  let target: TestPlatform
  let generation: string
  let clients: PostgresClients

  beforeAll(async () => {
    ;[source, target, clients] = await Promise.all([
      startTestPlatform({ major }),
      startTestPlatform({ major }),
      testClients(major),
    ])
    await query(source.databaseUrl, await sql('every-kind'))
    await query(source.superuserUrl, 'ALTER ROLE postgres SUPERUSER')
    await query(source.databaseUrl, await sql('every-kind-privileged'))
    await query(source.superuserUrl, 'ALTER ROLE postgres NOSUPERUSER')
    generation = await backupInto(source.databaseUrl, clients)
  })

  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()])
    await rm(generation, { recursive: true, force: true })
  })

  const decisions = (entries: readonly ContentsEntry[]) =>
    decide(entries, { userTriggers: new Set() }).map((decision) => ({
      ...decision,
      action: 'keep' as const,
    }))

  test.each([15, 17] as const)('is written by pg_dump %s in statements that are known', async (of) => {
    if (of < major) return
    for (const args of [[], ['--quote-all-identifiers', '--load-via-partition-root']]) {
      const entries = await dumpAll(source.superuserUrl, await testClients(of), ...args)
      await checkEntries(decisions(entries))
      const [view] = decisions(entries).filter(({ entry }) => entry.desc === 'VIEW')
      const defn = `${view?.entry.defn}\nDROP TABLE kinds.main;`
      const altered = view && [{ ...view, entry: { ...view.entry, defn } }]
      await expect(checkEntries(altered ?? [])).rejects.toMatchObject({ code: 'DUMP_ENTRY_UNEXPECTED' })
    }
  })

  test('leaves no kind out that is known', async () => {
    const written = new Set((await dumpAll(source.superuserUrl, clients)).map(({ desc }) => desc))
    expect(Object.keys(kinds).filter((kind) => !written.has(kind) && !notMade.includes(kind))).toEqual([])
  })

  test('comes back equal, or is left out as told, and named', async () => {
    const { entries } = await readContents(join(generation, 'database', 'dump'))
    const leaveOut = entries.filter(isSuperusers).map(nameOf)
    const options = {
      ...{ generation, clients, log: silentLog },
      target: parseConnection({ url: target.databaseUrl }, 'test'),
      superuser: parseConnection({ url: target.superuserUrl }, 'test'),
    }
    const { weakened } = await restoreDatabase({ ...options, leaveOut })
    expect(new Set(weakened.map(({ kind }) => kind))).toEqual(new Set(['left-out']))
    expect(weakened.map(({ name }) => name)).toEqual(expect.arrayContaining(leaveOut))
    const { differences } = await verifyDatabase({ ...options, weakened })
    expect(differences).toEqual([])
    const again = await restoreDatabase({ ...options, leaveOut, batches: true })
    expect(again.weakened).toEqual(weakened)
    expect((await verifyDatabase({ ...options, weakened })).differences).toEqual([])
  })
})
