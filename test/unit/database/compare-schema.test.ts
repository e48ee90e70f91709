import { describe, expect, test } from 'vitest'
import { ownerOf, type Weakening } from '../../../src/database/restore/weakened.ts'
import type { ContentsEntry } from '../../../src/database/rules/contents.ts'
import { compareSchema, type SchemaTolerance } from '../../../src/database/verify/schema.ts'
import { contentsEntry } from '../../helpers/contents-entry.ts'

const namespace = 'app'
const table = contentsEntry({
  ...{ dumpId: 1, desc: 'TABLE', namespace, tag: 'orders' },
  defn: 'CREATE TABLE app.orders (id integer, total numeric);\n',
})
const grant = contentsEntry({
  ...{ dumpId: 2, desc: 'ACL', section: 'none', namespace, tag: 'TABLE orders', dependencies: [1] },
  defn: 'GRANT SELECT ON TABLE app.orders TO anon;\nGRANT INSERT ON TABLE app.orders TO anon;\n',
})
const policy = contentsEntry({
  ...{ dumpId: 3, desc: 'POLICY', section: 'post-data', namespace, tag: 'orders mine', dependencies: [1] },
  defn: 'CREATE POLICY mine ON app.orders USING ((id = 1));\n',
})
const rows = contentsEntry({
  ...{ dumpId: 4, desc: 'TABLE DATA', section: 'data', namespace, tag: 'orders', dependencies: [1] },
})
const users = contentsEntry({ dumpId: 5, desc: 'TABLE', namespace: 'auth', tag: 'users' })
const backup = [table, grant, policy, rows, users]

function compare(target: ContentsEntry[], tolerance: Partial<SchemaTolerance> = {}, origin = backup) {
  const side = (entries: ContentsEntry[]) => ({
    contents: {
      entries,
      archiveVersion: '1.16',
      database: 'postgres',
      serverVersion: '15.8',
      dumpVersion: '17.2',
    },
    facts: { userTriggers: new Set<number>() },
  })
  return compareSchema(side(origin), side(target), { disarmed: false, schemas: new Set(), ...tolerance })
}

describe('the schema of a target', () => {
  test('is equal to the same one, whatever numbers its dump has', async () => {
    const renumbered = [table, grant, policy].map((entry) => ({
      ...entry,
      dumpId: entry.dumpId + 100,
      dependencies: entry.dependencies.map((id) => id + 100),
    }))
    expect(await compare(renumbered)).toEqual([])
  })

  test('differs by an object that is missing, one that is too many, and one of another definition', async () => {
    const wider = { ...table, defn: table.defn.replace('numeric', 'bigint') }
    const view = contentsEntry({
      ...{
        dumpId: 9,
        desc: 'VIEW',
        namespace,
        tag: 'late',
        defn: 'CREATE VIEW app.late AS SELECT 1 AS a;\n',
      },
    })
    const found = await compare([wider, grant, view])
    expect(found.map(({ kind, name }) => `${kind}: ${name}`).sort()).toEqual([
      'object: TABLE app orders',
      'object: VIEW app late',
      'policy: POLICY app orders mine',
    ])
    expect(found.find(({ name }) => name === 'TABLE app orders')).toMatchObject({
      expected: expect.stringContaining('numeric'),
      actual: expect.stringContaining('bigint'),
    })
    expect(found.find(({ kind }) => kind === 'policy')).toMatchObject({ actual: null })
    expect(found.find(({ name }) => name === 'VIEW app late')).toMatchObject({ expected: null })
  })

  test('is not asked for rows, nor for what the platform makes itself', async () => {
    expect(await compare([table, grant, policy], {}, backup)).toEqual([])
    expect(await compare(backup, {}, [table, grant, policy])).toEqual([])
  })

  test('may have its grants in another order, and no other ones', async () => {
    const [select, insert] = grant.defn.trim().split('\n')
    expect(await compare([table, { ...grant, defn: `${insert}\n${select}\n` }, policy])).toEqual([])
    expect(await compare([table, { ...grant, defn: `${select}\n` }, policy])).toMatchObject([
      { kind: 'grant' },
    ])
  })

  test('differs by an owner, unless the restore has said that it was refused', async () => {
    const theirs = { ...table, owner: 'somebody' }
    expect(await compare([theirs, grant, policy])).toMatchObject([
      { kind: 'object', name: 'TABLE app orders', actual: expect.stringContaining('somebody') },
    ])
    const refused = (name: string): Weakening[] => [{ kind: 'refused', name, reason: 'no member of it' }]
    const theOther = refused(ownerOf('TABLE app items'))
    expect(await compare([theirs, grant, policy], { weakened: theOther })).toHaveLength(1)
    const theOne = refused(ownerOf('TABLE app orders'))
    expect(await compare([theirs, grant, policy], { weakened: theOne })).toEqual([])
  })
})
