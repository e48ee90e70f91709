import type pg from 'pg'
import { compareByName, type Difference } from './difference.ts'
import { type Binding, bindings, describeServer, readFact } from './facts.ts'
import { savedIfKnown } from './recorded.ts'

/**
 * Compares what the expressions of views, policies, constraints, … are bound to: their text may be the same and yet mean
 * another operator. An object that only one side has is left to the comparison of the definitions.
 * @param sameMajor servers of different majors may choose another function of their own for the same text, and apply an
 *   operator more or less often
 */
export function compareBindings(
  expected: readonly Binding[],
  actual: readonly Binding[],
  sameMajor: boolean,
): Difference[] {
  const names = (list: readonly Binding[]) => new Set(list.map(nameOf))
  const [left, right] = [names(expected), names(actual)]
  const described = (list: readonly Binding[], other: ReadonlySet<string>) =>
    list
      .filter((binding) => other.has(nameOf(binding)))
      .map((binding) => [nameOf(binding), describe(binding, sameMajor)] as const)
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
  const sameMajor = Number.parseInt(serverVersion, 10) === Math.floor(server.version / 10_000)
  return compareBindings(expected, actual, sameMajor)
}

function nameOf({ kind, schema, name }: Binding): string {
  return `${kind} ${schema} ${name}`
}

/** Whether the name has a schema before the parenthesis of its types, which PostgreSQL's own have not. */
function isOfUser(name: string): boolean {
  return name.slice(0, name.indexOf('(')).includes('.')
}

function describe({ operators, functions, types }: Binding, sameMajor: boolean): string {
  const applied = Object.entries(operators).sort(([one], [other]) => (one < other ? -1 : 1))
  return [
    ...applied.map(([name, times]) => `operator ${name}${sameMajor && times > 1 ? `, ${times} times` : ''}`),
    ...functions.filter((name) => sameMajor || isOfUser(name)).map((name) => `function ${name}`),
    ...types.map((name) => `type ${name}`),
  ].join('\n')
}
