import { savedFact, sequences, type Table, tables } from '../facts/all.ts'

/** A table whose rows are not the same in both backups. */
export interface TableChange {
  change: 'added' | 'removed' | 'changed'
  schema: string
  name: string
  /** Null where the table is not there. */
  rowsBefore: number | null
  rowsAfter: number | null
}

export interface RowChanges {
  tables: TableChange[]
  /** Tables that are the same row by row. */
  equal: number
  users: { before: number; after: number; changed: boolean } | null
  /** Sequences that stand elsewhere, were added or removed. */
  sequences: number
}

/** Compares the recorded counts and hashes of rows. */
export async function compareRows(before: string, after: string): Promise<RowChanges> {
  const [old, current] = [await tablesOf(before), await tablesOf(after)]
  const changes: TableChange[] = []
  let equal = 0
  for (const key of [...new Set([...old.keys(), ...current.keys()])].sort()) {
    const change = changeOf(old.get(key), current.get(key))
    if (change) changes.push(change)
    else equal += 1
  }
  return {
    tables: changes,
    equal,
    users: usersOf(old, current),
    sequences: await movedSequences(before, after),
  }
}

async function tablesOf(generation: string): Promise<Map<string, Table>> {
  const list = await Array.fromAsync(savedFact(generation, tables))
  return new Map(list.map((table) => [keyOf(table), table]))
}

function keyOf({ schema, name }: { schema: string; name: string }): string {
  return JSON.stringify([schema, name])
}

function changeOf(was: Table | undefined, is: Table | undefined): TableChange | undefined {
  const table = is ?? was
  if (table === undefined || (was && is && was.rows === is.rows && was.hash === is.hash)) return undefined
  return {
    change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed',
    ...{ schema: table.schema, name: table.name },
    ...{ rowsBefore: was?.rows ?? null, rowsAfter: is?.rows ?? null },
  }
}

function usersOf(old: ReadonlyMap<string, Table>, current: ReadonlyMap<string, Table>): RowChanges['users'] {
  const key = keyOf({ schema: 'auth', name: 'users' })
  const [was, is] = [old.get(key), current.get(key)]
  if (was === undefined || is === undefined) return null
  return { before: was.rows, after: is.rows, changed: changeOf(was, is) !== undefined }
}

async function movedSequences(before: string, after: string): Promise<number> {
  const valuesOf = async (generation: string) => {
    const list = await Array.fromAsync(savedFact(generation, sequences))
    return new Map(list.map((sequence) => [keyOf(sequence), JSON.stringify(sequence)]))
  }
  const [old, current] = [await valuesOf(before), await valuesOf(after)]
  return [...new Set([...old.keys(), ...current.keys()])].filter((key) => old.get(key) !== current.get(key))
    .length
}
