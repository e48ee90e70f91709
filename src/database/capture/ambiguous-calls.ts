import type pg from 'pg'
import { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import { selectStored } from '../facts/bindings.ts'
import { describeServer } from '../facts/fact.ts'

const pairRow = z.object({
  id: z.number(),
  name: z.string(),
  other: z.string(),
  /** A call with at least and at most so many arguments fits both. */
  least: z.number(),
  most: z.number(),
})
type Pair = z.infer<typeof pairRow>

/** Functions of one name that fill up the same call by their defaults, each with every other one. */
const pairs = `select f.oid::int8::float8 as id, f.oid::regprocedure::text as name, g.oid::regprocedure::text as other,
    greatest(f.pronargs - f.pronargdefaults, g.pronargs - g.pronargdefaults) as least, same.most
  from pg_catalog.pg_proc f
  join pg_catalog.pg_proc g on g.pronamespace = f.pronamespace and g.proname = f.proname and g.oid <> f.oid
  cross join lateral (select count(*)::int as most from pg_catalog.generate_series(1, least(f.pronargs, g.pronargs) - 1) k
    where not exists (select from pg_catalog.generate_series(0, k - 1) i where f.proargtypes[i] <> g.proargtypes[i])) same
  where f.pronargdefaults > 0 and g.pronargdefaults > 0
    and same.most >= greatest(f.pronargs - f.pronargdefaults, g.pronargs - g.pronargdefaults)
  order by 2, 3`

const storedRow = z.object({ kind: z.string(), schema: z.string(), name: z.string(), tree: z.string() })

/** How many arguments each call of a function has, by the node tree of a stored expression. */
function argumentCounts(tree: string, id: number): number[] {
  const calls = tree.matchAll(new RegExp(`:funcid ${id} .*?:args `, 'gs'))
  return Array.from(calls, (found) => nodesAt(tree, found.index + found[0].length))
}

/** The number of nodes in the list that begins here; names may hold braces behind a backslash. */
function nodesAt(tree: string, start: number): number {
  let [count, depth] = [0, 0]
  for (let at = start; at < tree.length; at += 1) {
    const character = tree[at]
    if (character === '\\') at += 1
    else if (character === '{') {
      if (depth === 0) count += 1
      depth += 1
    } else if (character === '}') depth -= 1
    else if (depth === 0 && (character === ')' || character === '>')) break
  }
  return count
}

function describe({ kind, schema, name, tree }: z.infer<typeof storedRow>, all: readonly Pair[]): string[] {
  const pair = all.find(({ id, least, most }) =>
    argumentCounts(tree, id).some((count) => count >= least && count <= most),
  )
  return pair === undefined ? [] : [`${kind} ${schema}.${name}, by ${pair.name} or ${pair.other}`]
}

/** Stored definitions whose text calls a function in a way that fits another one, too, which was made after them. */
export async function ambiguousCallFindings(client: pg.Client): Promise<Finding[]> {
  const found = z.array(pairRow).parse((await client.query(pairs)).rows)
  if (found.length === 0) return []
  const { version } = await describeServer(client)
  const called = [...new Set(found.map(({ id }) => id))].join('|')
  const { rows } = await client.query(
    `select kind, schema, name, tree from (${selectStored(version)}) object where tree ~ ':funcid (${called}) ' order by 1, 2, 3`,
  )
  const names = z.array(storedRow).parse(rows)
  const message =
    'These definitions call a function with arguments that fit another of its name as well, which was made after them, so that nothing makes them of their text: pg_restore alone refuses them ("is not unique"). restore.sh makes them as they are, with the other function aside meanwhile; what needs both at once in one expression it leaves out. Write out all arguments, or drop one of the functions.'
  const described = names.flatMap((each) => describe(each, found))
  if (described.length === 0) return []
  return [
    finding({ component: 'database', severity: 'note', kind: 'call-ambiguous', message, names: described }),
  ]
}
