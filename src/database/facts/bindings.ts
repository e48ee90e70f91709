import { z } from 'zod'
import { extensibleSchemas } from '../rules/platform.ts'
import { type Fact, literals, managedSchema } from './fact.ts'

const bindingRow = z.object({
  /** The object's type as a dump calls it: `VIEW`, `POLICY`, `CHECK CONSTRAINT`, … */
  kind: z.string(),
  schema: z.string(),
  /** Of a part of a table, the table's name, a space, and its own. */
  name: z.string(),
  /** The table or view it is, or belongs to. */
  relation: z.string().nullable(),
  /** Every operator the stored expressions apply, with its schema and types, and how often. */
  operators: z.record(z.string(), z.number()),
  /** Every function, also those of PostgreSQL itself, with its schema and argument types. */
  functions: z.array(z.string()),
  /** The types, collations, operator classes and text search configurations it is made of, but PostgreSQL's own. */
  types: z.array(z.string()),
})
export type Binding = z.infer<typeof bindingRow>

/** SQL: the types a function `p` takes. */
const argumentTypes = `pg_catalog.array_to_string(array(select ${typeName('a.type')}
  from pg_catalog.unnest(p.proargtypes) with ordinality a (type, place) order by place), ', ')`

/** SQL: a function's name as bindings have it, of `p` in schema `n`. */
export const boundFunctionName = `${qualified('n.nspname', 'p.proname')} || '(' || ${argumentTypes} || ')'`

interface Expressions {
  kind: string
  name: string
  /** What its dependencies are recorded under. */
  catalog: string
  oid: string
  /** The stored expressions, as node trees in text. */
  trees: readonly string[]
  from: string
  where: string
  /** The catalog and identifier an extension's membership is recorded under. */
  member: readonly [catalog: string, oid: string]
}

const ofTable = `join pg_catalog.pg_class c on c.oid = %s join pg_catalog.pg_namespace n on n.oid = c.relnamespace`
const table = (column: string) => ofTable.replace('%s', column)
const relation = ['pg_class', 'c.oid'] as const

/** Where PostgreSQL stores expressions. An operator of one stands there by its identifier, whatever its text says. */
const stored: readonly Expressions[] = [
  {
    kind: `case when r.rulename <> '_RETURN' then 'RULE' when c.relkind = 'm' then 'MATERIALIZED VIEW' else 'VIEW' end`,
    name: `c.relname || case when r.rulename <> '_RETURN' then ' ' || r.rulename else '' end`,
    ...{ catalog: 'pg_rewrite', oid: 'r.oid', trees: ['r.ev_action', 'r.ev_qual'], member: relation },
    ...{ from: `pg_catalog.pg_rewrite r ${table('r.ev_class')}`, where: 'true' },
  },
  {
    ...{ kind: `'POLICY'`, name: `c.relname || ' ' || p.polname`, member: relation },
    ...{ catalog: 'pg_policy', oid: 'p.oid', trees: ['p.polqual', 'p.polwithcheck'] },
    ...{ from: `pg_catalog.pg_policy p ${table('p.polrelid')}`, where: 'true' },
  },
  {
    ...{ kind: `'TRIGGER'`, name: `c.relname || ' ' || t.tgname`, member: relation },
    ...{ catalog: 'pg_trigger', oid: 't.oid', trees: ['t.tgqual'] },
    ...{ from: `pg_catalog.pg_trigger t ${table('t.tgrelid')}` },
    where: 'not t.tgisinternal and t.tgparentid = 0 and t.tgqual is not null',
  },
  {
    ...{ kind: `'CHECK CONSTRAINT'`, name: `c.relname || ' ' || k.conname`, member: relation },
    ...{ catalog: 'pg_constraint', oid: 'k.oid', trees: ['k.conbin'] },
    ...{ from: `pg_catalog.pg_constraint k ${table('k.conrelid')}` },
    where: `k.contype = 'c' and k.conislocal`,
  },
  {
    ...{ kind: `'EXCLUSION CONSTRAINT'`, name: `c.relname || ' ' || k.conname`, member: relation },
    ...{ catalog: 'pg_constraint', oid: 'k.oid' },
    // As a node tree would name them.
    trees: [`':opnos (o ' || pg_catalog.array_to_string(k.conexclop, ' ') || ')'`],
    ...{ from: `pg_catalog.pg_constraint k ${table('k.conrelid')}`, where: `k.contype = 'x'` },
  },
  {
    ...{ kind: `'DOMAIN'`, name: `t.typname || ' ' || k.conname`, member: ['pg_type', 't.oid'] },
    ...{ catalog: 'pg_constraint', oid: 'k.oid', trees: ['k.conbin'], where: `k.contype = 'c'` },
    from: `pg_catalog.pg_constraint k join pg_catalog.pg_type t on t.oid = k.contypid
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace`,
  },
  {
    ...{ kind: `'DEFAULT'`, name: `c.relname || ' ' || a.attname`, member: relation },
    ...{ catalog: 'pg_attrdef', oid: 'd.oid', trees: ['d.adbin'], where: 'true' },
    from: `pg_catalog.pg_attrdef d ${table('d.adrelid')}
      join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum`,
  },
  {
    ...{ kind: `'INDEX'`, name: 'x.relname', member: relation },
    ...{ catalog: 'pg_class', oid: 'x.oid', trees: ['i.indexprs', 'i.indpred'] },
    from: `pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid ${table('i.indrelid')}`,
    where: 'not x.relispartition and coalesce(i.indexprs, i.indpred) is not null',
  },
  {
    kind: `'FUNCTION'`,
    name: `p.proname || '(' || ${argumentTypes} || ')'`,
    ...{ catalog: 'pg_proc', oid: 'p.oid', member: ['pg_proc', 'p.oid'] },
    trees: ['p.prosqlbody', 'p.proargdefaults'],
    from: 'pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace',
    where: 'coalesce(p.prosqlbody, p.proargdefaults) is not null',
  },
  {
    ...{ kind: `'DOMAIN'`, name: 't.typname', member: ['pg_type', 't.oid'] },
    ...{ catalog: 'pg_type', oid: 't.oid', trees: ['t.typdefaultbin'] },
    from: 'pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace',
    where: 't.typdefaultbin is not null',
  },
  {
    ...{ kind: `'STATISTICS'`, name: 's.stxname', member: ['pg_statistic_ext', 's.oid'] },
    ...{ catalog: 'pg_statistic_ext', oid: 's.oid', trees: ['s.stxexprs'] },
    from: 'pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace',
    where: 's.stxexprs is not null',
  },
  {
    ...{ kind: `'TABLE'`, name: 'c.relname', member: relation },
    ...{ catalog: 'pg_class', oid: 'c.oid', trees: ['p.partexprs'] },
    from: `pg_catalog.pg_partitioned_table p ${table('p.partrelid')}`,
    where: 'p.partexprs is not null',
  },
  {
    ...{ kind: `'PUBLICATION TABLE'`, name: `c.relname || ' ' || p.pubname`, member: relation },
    ...{ catalog: 'pg_publication_rel', oid: 'r.oid', trees: ['r.prqual'], where: 'r.prqual is not null' },
    from: `pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid ${table('r.prrelid')}`,
  },
]

/** SQL: a type's name with its schema; format_type leaves that out where the search path finds the type. */
function typeName(oid: string): string {
  return `(select ${qualified('tn.nspname', 'ty.typname')} from pg_catalog.pg_type ty
    join pg_catalog.pg_namespace tn on tn.oid = ty.typnamespace where ty.oid = ${oid})`
}

/** SQL: a name with its schema, unless that is PostgreSQL's own. */
function qualified(schema: string, name: string): string {
  return `case ${schema} when 'pg_catalog' then '' else ${schema} || '.' end || ${name}`
}

/** SQL: whether a kind of object in schema `n` is the user's; in the services' schemas policies and triggers are. */
function usersSchema(kind: string): string {
  const own = `not starts_with(n.nspname, 'pg_') and n.nspname <> 'information_schema' and not ${managedSchema('n.nspname::text')}`
  const extensible = ["'POLICY'", "'TRIGGER'"].includes(kind)
  return extensible ? `(${own} or n.nspname in (${literals(extensibleSchemas)}))` : own
}

function selectTrees({ kind, name, catalog, oid, trees, from, where, member }: Expressions): string {
  return `select ${kind} as kind, n.nspname::text as schema, (${name})::text as name,
      ${member === relation ? 'c.relname::text' : 'null::text'} as relation,
      'pg_catalog.${catalog}'::regclass as catalog, ${oid} as oid, concat_ws(' ', ${trees.map((tree) => `(${tree})::text`).join(', ')}) as tree
    from ${from}
    where (${where}) and ${usersSchema(kind)}
      and not exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.${member[0]}'::regclass
        and e.objid = ${member[1]} and e.deptype = 'e')`
}

/** SQL: every stored expression of the user's, as a node tree in text. */
export function selectStored(version: number): string {
  return stored
    .filter(({ catalog }) => version >= 150_000 || catalog !== 'pg_publication_rel')
    .map(selectTrees)
    .join('\nunion all ')
}

/**
 * Which operators, functions and types the expressions of views, rules, policies, constraints, defaults, indexes, … are
 * bound to. Their text cannot say it: USING, CASE x WHEN, NULLIF, IS DISTINCT FROM, row IN look an operator up without
 * spelling it, when they are read, by the search path of that moment.
 */
export const bindings: Fact<Binding> = {
  file: 'bindings.jsonl',
  row: bindingRow,
  sql: ({ version }) => `with object as materialized (
      ${selectStored(version)}
    ), used as materialized (
      select catalog, object.oid, m[1] not in ('funcid', 'aggfnoid', 'winfnoid') as is_operator, u.used::oid as used, count(*) as times
      from object
      cross join lateral pg_catalog.regexp_matches(tree,
        ':(opno|opnos|eqop|sortop|funcid|aggfnoid|winfnoid) (?:\\(o )?([0-9 ]+)', 'g') m
      cross join lateral pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.btrim(m[2]), ' ')) u (used)
      group by 1, 2, 3, 4
    ), operators as (
      select catalog, used.oid, pg_catalog.jsonb_object_agg(o.name, times) as names
      from used join (
        select o.oid, ${qualified('n.nspname', 'o.oprname')} || '(' ||
          concat_ws(', ', ${typeName('nullif(o.oprleft, 0)')}, ${typeName('nullif(o.oprright, 0)')}) || ')' as name
        from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
        where o.oid in (select u.used from used u where u.is_operator)
      ) o on o.oid = used.used where is_operator group by 1, 2
    ), functions as (
      select catalog, used.oid, pg_catalog.array_agg(f.name order by f.name) as names
      from used join (
        select p.oid, ${boundFunctionName} as name
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where p.oid in (select u.used from used u where not u.is_operator)
      ) f on f.oid = used.used where not is_operator group by 1, 2
    )
    select kind, schema, object.name, relation, coalesce(operators.names, '{}') as operators, coalesce(functions.names, '{}') as functions,
      array(select distinct i.identity from pg_catalog.pg_depend d
        cross join lateral pg_catalog.pg_identify_object(d.refclassid, d.refobjid, 0) i
        where d.classid = object.catalog and d.objid = object.oid and d.refclassid in ('pg_catalog.pg_type'::regclass,
          'pg_catalog.pg_collation'::regclass, 'pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_ts_config'::regclass)
        order by 1) as types
    from object left join operators using (catalog, oid) left join functions using (catalog, oid) order by 1, 2, 3`,
}
