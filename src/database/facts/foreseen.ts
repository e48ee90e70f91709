import { z } from 'zod'
import { isPlatformSetting, isRestorableSetting } from '../rules/platform.ts'
import { type Fact, managedSchema, reservedRole } from './fact.ts'

/** A function of an extension that somebody took EXECUTE on from PUBLIC, which the extension gives. */
export const closedFunction = 'extension-function-closed'

/** Kinds of things that a dump leaves out, or that a restore has to go round, each with a query for their names. */
const queries: Record<string, (version: number) => string | undefined> = {
  'check-not-immutable': () => `select 'constraint ' || k.conname || ' of ' ||
      case when k.contypid <> 0 then 'domain ' || k.contypid::regtype else 'table ' || k.conrelid::regclass end as name
    from pg_catalog.pg_constraint k join pg_catalog.pg_namespace n on n.oid = k.connamespace
    where k.contype = 'c' and k.convalidated and ${users('n', 'pg_constraint', 'k')}
      and (k.conbin::text ~ '\\{(SQLVALUEFUNCTION|NEXTVALUEEXPR) ' or exists (
        select from pg_catalog.regexp_matches(k.conbin::text, ':(?:funcid|opfuncid|elemfuncid) (\\d+)', 'g') used
        join pg_catalog.pg_proc p on p.oid = used[1]::oid where p.provolatile <> 'i'))`,
  // Of views that name each other, pg_dump makes one without its query first.
  'view-of-itself':
    () => `select distinct 'view ' || r.ev_class::regclass as name from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid and d.deptype = 'n'
      and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = r.ev_class and d.refobjsubid > 0
    join pg_catalog.pg_class c on c.oid = r.ev_class and c.relkind in ('v', 'm')
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace and ${users('n', 'pg_class', 'c')}
    where r.ev_type = '1'`,
  'index-invalid': () => `select 'index ' || i.indexrelid::regclass || ' on ' || i.indrelid::regclass as name
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not i.indisvalid and c.relkind = 'i' and ${users('n', 'pg_class', 'c')}`,
  'needs-superuser': () => superuserOnly,
  'managed-trigger-state': () => `select 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass || ', ' ||
      case t.tgenabled when 'D' then 'disabled' when 'R' then 'in replica mode only' else 'always' end as name
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_proc p on p.oid = t.tgfoid join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
    where not t.tgisinternal and t.tgparentid = 0 and t.tgenabled <> 'O'
      and n.nspname in ('auth', 'storage', 'realtime') and pn.nspname not in ('auth', 'storage', 'realtime')`,
  'login-trigger': (version) =>
    version < 170_000
      ? undefined
      : `select 'event trigger ' || e.evtname as name from pg_catalog.pg_event_trigger e
         where e.evtevent = 'login' and e.evtenabled <> 'D' and not ${platformRole('e.evtowner')}`,
  [closedFunction]: () => `select 'function ' || p.oid::regprocedure as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_depend m on m.classid = 'pg_catalog.pg_proc'::regclass and m.objid = p.oid and m.deptype = 'e'
    where (n.nspname = 'extensions' or not ${managedSchema('n.nspname::text')}) and p.proacl is not null
      and not exists (select from pg_catalog.aclexplode(p.proacl) x where x.grantee = 0)
      and exists (select from pg_catalog.aclexplode(coalesce(
        (select i.initprivs from pg_catalog.pg_init_privs i where i.classoid = m.classid and i.objoid = p.oid and i.objsubid = 0),
        pg_catalog.acldefault('f', p.proowner))) x where x.grantee = 0)`,
  'replication-slot': () => `select slot_name::text as name from pg_catalog.pg_replication_slots
    where not temporary and (database is null or database = pg_catalog.current_database())
      and slot_name !~ '^(supabase|realtime|cainophile)'`,
  'parameter-privilege': (version) =>
    version < 150_000
      ? undefined
      : `select x.privilege_type || ' on parameter ' || p.parname || ' to ' || r.rolname as name
         from pg_catalog.pg_parameter_acl p cross join lateral pg_catalog.aclexplode(p.paracl) x
         join pg_catalog.pg_roles r on r.oid = x.grantee where not ${reservedRole('r.rolname::text')}`,
  'role-label': () => `select l.provider || ' on role ' || r.rolname as name
    from pg_catalog.pg_shseclabel l join pg_catalog.pg_roles r on r.oid = l.objoid
    where l.classoid = 'pg_catalog.pg_authid'::regclass and not ${reservedRole('r.rolname::text')}`,
  tablespace: () => `select c.oid::regclass || ' in ' || s.spcname as name from pg_catalog.pg_class c
    join pg_catalog.pg_tablespace s on s.oid = c.reltablespace join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where s.spcname <> 'pg_global' and ${users('n', 'pg_class', 'c')}`,
}

/** SQL: whether a role is the platform's and not `postgres`. */
function platformRole(oid: string): string {
  const name = `pg_catalog.pg_get_userbyid(${oid})::text`
  return `(${name} <> 'postgres' and ${reservedRole(name)})`
}

/** SQL: whether an object of a catalog, in schema `n`, is the user's. */
function users(schema: string, catalog: string, object: string): string {
  const name = `${schema}.nspname::text`
  return `(not ${managedSchema(name)} and ${name} <> 'information_schema' and not starts_with(${name}, 'pg_')
    and not exists (select from pg_catalog.pg_depend m where m.classid = 'pg_catalog.${catalog}'::regclass
      and m.objid = ${object}.oid and m.deptype = 'e'))`
}

const inUsers = (catalog: string, schema: string) => `join pg_catalog.pg_namespace n on n.oid = x.${schema}
  where ${users('n', catalog, 'x')}`

/** SQL: whether a function `x` is one that comes with a type of ranges, in language internal as all of those. */
const madeWithType = `exists (select from pg_catalog.pg_depend m where m.classid = 'pg_catalog.pg_proc'::regclass
  and m.objid = x.oid and m.deptype = 'i')`

/** What PostgreSQL lets nobody but a superuser create, and the platform does not relax. */
const superuserOnly = `
  select 'function ' || x.oid::regprocedure || ', in language ' || l.lanname as name from pg_catalog.pg_proc x
    join pg_catalog.pg_language l on l.oid = x.prolang and not l.lanpltrusted ${inUsers('pg_proc', 'pronamespace')}
      and x.prokind <> 'a' and not ${madeWithType}
  union all select 'function ' || x.oid::regprocedure || ', leakproof' from pg_catalog.pg_proc x
    ${inUsers('pg_proc', 'pronamespace')} and x.proleakproof
  union all select 'aggregate ' || x.oid::regprocedure || ', with an internal state' from pg_catalog.pg_proc x
    join pg_catalog.pg_aggregate a on a.aggfnoid = x.oid and a.aggtranstype = 'internal'::regtype ${inUsers('pg_proc', 'pronamespace')}
  union all select 'type ' || x.oid::regtype || ', a base type' from pg_catalog.pg_type x
    ${inUsers('pg_type', 'typnamespace')} and x.typtype = 'b' and x.typelem = 0
  union all select 'operator class ' || n.nspname || '.' || x.opcname from pg_catalog.pg_opclass x ${inUsers('pg_opclass', 'opcnamespace')}
  union all select 'operator family ' || n.nspname || '.' || x.opfname from pg_catalog.pg_opfamily x
    ${inUsers('pg_opfamily', 'opfnamespace')} and not exists (select from pg_catalog.pg_opclass c where c.opcfamily = x.oid)
  union all select 'type ' || n.nspname || '.' || x.typname || ', a shell' from pg_catalog.pg_type x
    ${inUsers('pg_type', 'typnamespace')} and x.typtype = 'p'
  union all select 'cast from ' || x.castsource::regtype || ' to ' || x.casttarget::regtype || ', without a function'
    from pg_catalog.pg_cast x where x.castmethod = 'b' and x.oid >= 16384 and not exists (select from pg_catalog.pg_depend m
      where m.classid = 'pg_catalog.pg_cast'::regclass and m.objid = x.oid and m.deptype = 'e')
  union all select 'text search parser ' || n.nspname || '.' || x.prsname from pg_catalog.pg_ts_parser x ${inUsers('pg_ts_parser', 'prsnamespace')}
  union all select 'text search template ' || n.nspname || '.' || x.tmplname from pg_catalog.pg_ts_template x
    ${inUsers('pg_ts_template', 'tmplnamespace')}
  union all select 'language ' || x.lanname from pg_catalog.pg_language x
    where x.oid >= 16384 and not exists (select from pg_catalog.pg_depend m
      where m.classid = 'pg_catalog.pg_language'::regclass and m.objid = x.oid and m.deptype = 'e')
  union all select 'access method ' || x.amname from pg_catalog.pg_am x
    where x.oid >= 16384 and not exists (select from pg_catalog.pg_depend m
      where m.classid = 'pg_catalog.pg_am'::regclass and m.objid = x.oid and m.deptype = 'e')`

const foreseenRow = z.object({ kind: z.string(), name: z.string() })
export type Foreseen = z.infer<typeof foreseenRow>

/** What is known at backup time to be missing from a dump, or to resist a restore into a hosted project. */
export const foreseen: Fact<Foreseen> = {
  file: 'foreseen.jsonl',
  row: foreseenRow,
  sql: ({ version }) =>
    Object.entries(queries)
      .flatMap(([kind, query]) => {
        const sql = query(version)
        return sql === undefined ? [] : [`select '${kind}' as kind, q.name from (${sql}) q`]
      })
      .join('\nunion all ')
      .concat(' order by 1, 2'),
}

const functionSettingRow = z.object({
  function: z.string(),
  setting: z.string(),
  context: z.string().nullable(),
})

/** Settings that functions of the user's make while they run: who creates one must be allowed to make them. */
export const functionSettings: Fact<z.infer<typeof functionSettingRow>> = {
  file: 'function-settings.jsonl',
  row: functionSettingRow,
  sql: () => `select x.oid::regprocedure::text as function, part.name as setting, known.context
    from pg_catalog.pg_proc x join pg_catalog.pg_namespace n on n.oid = x.pronamespace
    cross join lateral unnest(x.proconfig) entry cross join lateral (select split_part(entry, '=', 1) as name) part
    left join pg_catalog.pg_settings known on lower(known.name) = lower(part.name)
    where ${users('n', 'pg_proc', 'x')} order by 1, 2`,
}

/** Whether role `postgres` of a hosted project may not create a function with this setting. */
export function isRefusedSetting({ setting, context }: z.infer<typeof functionSettingRow>): boolean {
  return !isRestorableSetting(setting, context) && !isPlatformSetting(null, setting)
}
