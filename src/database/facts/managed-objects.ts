import { z } from 'zod'
import { platformNames, platformOwners } from '../rules/platform.ts'
import { type Fact, literals, managedSchema, reservedRole } from './fact.ts'

const managedObjectRow = z.object({
  /** The catalog that holds it, and its OID there: they find the entry in the dump's table of contents. */
  catalog: z.number(),
  oid: z.number(),
  /** As PostgreSQL calls it: `function`, `table`, `view`, … */
  type: z.string(),
  schema: z.string(),
  /** Type, schema and name, of a function with its argument types: `function auth.tenant_id()`. */
  name: z.string(),
  owner: z.string(),
  /** What depends on it, directly: `policy mine on table public.notes`. */
  dependents: z.array(z.string()),
})
export type ManagedObject = z.infer<typeof managedObjectRow>

/** Catalogs of what can stand in a schema: catalog, schema, owner, and which of its rows are objects of their own. */
const catalogs = [
  ['pg_class', 'relnamespace', 'relowner', 'relname', `x.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')`],
  ['pg_proc', 'pronamespace', 'proowner', 'proname', 'true'],
  ['pg_type', 'typnamespace', 'typowner', 'typname', `x.typtype in ('b', 'd', 'e', 'r') and x.typrelid = 0`],
  ['pg_operator', 'oprnamespace', 'oprowner', 'oprname', 'true'],
  ['pg_collation', 'collnamespace', 'collowner', 'collname', 'true'],
  ['pg_ts_config', 'cfgnamespace', 'cfgowner', 'cfgname', 'true'],
  ['pg_ts_dict', 'dictnamespace', 'dictowner', 'dictname', 'true'],
] as const

/** SQL: whether an object of schema `n`, of this owner and name, is one the platform makes there. */
function ofPlatform(owner: string, name: string): string {
  const known = platformNames.map(
    ({ schema, names }) => `(n.nspname = '${schema}' and ${name} in (${literals(names)}))`,
  )
  const owned = platformOwners.map(
    ({ schema, owners }) => `(n.nspname = '${schema}' and ${owner} in (${literals(owners)}))`,
  )
  const elsewhere = `(n.nspname not in (${literals(platformOwners.map(({ schema }) => schema))})
    and ${owner} <> 'postgres' and ${reservedRole(owner)})`
  return `(${[...known, ...owned, elsewhere].join(' or ')})`
}

const candidates = catalogs.map(
  ([catalog, schema, owner, name, own]) => `select 'pg_catalog.${catalog}'::regclass as classid, x.oid,
      n.nspname, pg_catalog.pg_get_userbyid(x.${owner})::text as owner
    from pg_catalog.${catalog} x join pg_catalog.pg_namespace n on n.oid = x.${schema}
    where ${own} and ${managedSchema('n.nspname::text')}
      and not ${ofPlatform(`pg_catalog.pg_get_userbyid(x.${owner})::text`, `x.${name}::text`)}`,
)

/** What an object stands for: a view's rule for the view, a default for its table's column, a row type for its table. */
const dependents = `select distinct coalesce(nullif(shown.type, ''), '?') || ' ' || shown.identity as name
  from pg_catalog.pg_depend d
  left join pg_catalog.pg_rewrite r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
  cross join lateral pg_catalog.pg_identify_object(
    case when r.oid is null then d.classid else 'pg_catalog.pg_class'::regclass end, coalesce(r.ev_class, d.objid), d.objsubid) shown
  where d.refclassid = o.classid and d.refobjid = o.oid and d.deptype = 'n'
    and coalesce(r.ev_class, d.objid) <> o.oid`

/**
 * What stands in a schema of the platform and is neither the platform's nor an extension's: made there by the user, as
 * older projects let anybody, or by a superuser. Whose a thing is says its owner, and for those the platform makes in every
 * project its name.
 */
export const managedObjects: Fact<ManagedObject> = {
  file: 'managed-objects.jsonl',
  row: managedObjectRow,
  sql: () => `select o.classid::int as catalog, o.oid, shown.type, o.nspname::text as schema,
      shown.type || ' ' || shown.identity as name, o.owner, array(${dependents} order by 1) as dependents
    from (${candidates.join(' union all ')}) o
    cross join lateral pg_catalog.pg_identify_object(o.classid, o.oid, 0) shown
    where not exists (select from pg_catalog.pg_depend d
      where d.classid = o.classid and d.objid = o.oid and d.objsubid = 0 and d.deptype in ('e', 'i', 'a')
        and (d.deptype = 'e' or d.refclassid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass)))
    order by 4, 5`,
}
