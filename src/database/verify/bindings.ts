import type pg from 'pg'
import { type Binding, bindings, describeServer, readFact } from '../facts/all.ts'
import { savedIfKnown } from '../facts/catalog-facts.ts'
import { compareByName, type Difference } from './difference.ts'

/**
 * Compares what the expressions of views, policies, constraints, … are bound to: their text may be the same and yet mean
 * another operator. An object that only one side has is left to the comparison of the definitions.
 * An index's types are left out where the versions differ: which of its expressions' types a server records changed within
 * a major (15.20 and 17.12 record more than 15.18), and operators, functions and columns say as much.
 * @param servers sameMajor: those of different majors may choose another function of their own for the same text, and apply
 *   an operator more or less often; sameVersion: both are the very same release
 */
export function compareBindings(
  expected: readonly Binding[],
  actual: readonly Binding[],
  servers: { sameMajor: boolean; sameVersion: boolean },
): Difference[] {
  const names = (list: readonly Binding[]) => new Set(list.map(nameOf))
  const [left, right] = [names(expected), names(actual)]
  const described = (list: readonly Binding[], other: ReadonlySet<string>) =>
    list
      .filter((binding) => other.has(nameOf(binding)))
      .map((binding) => [nameOf(binding), describe(binding, servers)] as const)
  return compareByName('dependency', described(expected, right), described(actual, left))
}

/** Compares a generation's with a target's. Generations of before have none, and then there is nothing to compare. */
export async function verifyBindings(
  client: pg.Client,
  generation: string,
  options: {
    serverVersion: string
    /** Which of the backup's count. Default all. */
    where?: ((binding: Binding) => boolean) | undefined
    /** As whose the target's count. */
    translate?: ((binding: Binding) => Binding) | undefined
  },
): Promise<Difference[]> {
  const { serverVersion, where = () => true, translate = (binding) => binding } = options
  const expected = (await savedIfKnown(generation, bindings))?.filter(where) ?? []
  if (expected.length === 0) return []
  const server = await describeServer(client)
  const actual = (await Array.fromAsync(readFact(client, bindings, server))).map(translate)
  const [major, minor] = serverVersion.split('.').map((part) => Number.parseInt(part, 10))
  const sameMajor = major === Math.floor(server.version / 10_000)
  const sameVersion = sameMajor && minor === server.version % 10_000
  return compareBindings(expected, actual, { sameMajor, sameVersion })
}

function nameOf({ kind, schema, name }: Binding): string {
  return `${kind} ${schema} ${name}`
}

/** Whether the name has a schema before the parenthesis of its types, which PostgreSQL's own have not. */
function isOfUser(name: string): boolean {
  return name.slice(0, name.indexOf('(')).includes('.')
}

/**
 * Whether a server may record it or not, by its release: the type of an index's expression, but no class or collation;
 * and the type that an array which is written out member by member has.
 */
function variesByRelease(kind: string, type: string): boolean {
  return (kind === 'INDEX' && !type.includes(' USING ')) || type.endsWith('[]')
}

function describe(
  { kind, operators, functions, types }: Binding,
  { sameMajor, sameVersion }: { sameMajor: boolean; sameVersion: boolean },
): string {
  const applied = Object.entries(operators).sort(([one], [other]) => (one < other ? -1 : 1))
  return [
    ...applied.map(([name, times]) => `operator ${name}${sameMajor && times > 1 ? `, ${times} times` : ''}`),
    ...functions.filter((name) => sameMajor || isOfUser(name)).map((name) => `function ${name}`),
    ...types.filter((type) => sameVersion || !variesByRelease(kind, type)).map((name) => `type ${name}`),
  ].join('\n')
}
