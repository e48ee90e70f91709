import type pg from 'pg'
import { describeServer, type Fact, readFact, savedFact } from '../facts/all.ts'
import { savedIfKnown } from '../facts/catalog-facts.ts'
import { compareByName, type Difference } from './difference.ts'

/** The same of a backup and of a target. */
export interface Rows<Row> {
  expected: Row[]
  actual: Row[]
}

/** A generation and the target that is compared with it. */
export interface Sides {
  client: pg.Client
  read<Row>(fact: Fact<Row>): Promise<Rows<Row>>
  /** Undefined where the generation was made by a toolkit that did not record this. */
  readIfKnown<Row>(fact: Fact<Row>): Promise<Rows<Row> | undefined>
}

export async function openSides(client: pg.Client, generation: string): Promise<Sides> {
  const server = await describeServer(client)
  const actual = <Row>(fact: Fact<Row>) => Array.fromAsync(readFact(client, fact, server))
  return {
    client,
    read: async (fact) => ({
      expected: await Array.fromAsync(savedFact(generation, fact)),
      actual: await actual(fact),
    }),
    async readIfKnown(fact) {
      const expected = await savedIfKnown(generation, fact)
      return expected === null ? undefined : { expected, actual: await actual(fact) }
    },
  }
}

export type Named = readonly [name: string, text: string]

export function compare<Row>(kind: string, rows: Rows<Row>, describe: (row: Row) => Named): Difference[] {
  return compareByName(kind, rows.expected.map(describe), rows.actual.map(describe))
}

export function where<Row>(rows: Rows<Row>, keep: (row: Row) => boolean): Rows<Row> {
  return { expected: rows.expected.filter(keep), actual: rows.actual.filter(keep) }
}

/** Compares values that must not be shown. */
export function compareSecretly(
  kind: string,
  expected: Map<string, string | null>,
  actual: Map<string, string | null>,
): Difference[] {
  return [...expected].flatMap(([name, value]): Difference[] =>
    value === null || !actual.has(name) || actual.get(name) === value
      ? []
      : [{ kind, name, expected: 'the recorded value', actual: 'another one' }],
  )
}
