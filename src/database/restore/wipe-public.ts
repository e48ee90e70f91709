import { literals } from '../facts/all.ts'

/** One step of emptying a target: a query whose rows are the statements to run. */
export interface Step {
  /** What the statements remove, in the plural. */
  what: string
  query: string
  /** A query for the statements that have to lock what the other one looks at; only inside of a transaction. */
  lock?: string
}

/** SQL: whether an object belongs to an extension. Other internal dependencies (partitions, ...) do not count. */
export function extensionMember(catalog: string, oid: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`
}

/** A list for `IN (...)` that may be empty. */
export function list(values: readonly string[]): string {
  return values.length === 0 ? 'NULL' : literals(values)
}

/** SQL: whether a function `p` is one of a range type's, which it goes with. */
const comesWithType = `EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`

const inPublic = `pronamespace = 'public'::regnamespace`

/**
 * Tables, views and sequences one by one: a schema dropped with all of them would need its locks in one statement, which
 * a restore in batches has to avoid. Partitions come before their table.
 */
export function relations(what: string, schemas: readonly string[]): Step {
  return {
    what,
    query: `SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW'
        WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, nspname, relname) AS statement
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE nspname IN (${list(schemas)}) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND NOT ${extensionMember('pg_class', 'c.oid')}
      ORDER BY array_position('{v,m,f,r,p,S}', relkind::text)`,
  }
}

/** Drops everything in schema public but what extensions put there. The schema itself stays: see the rules. */
export const publicContents: Step[] = [
  relations('relations in public', ['public']),
  {
    what: 'routines in public',
    query: `SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) AS statement
      FROM pg_catalog.pg_proc p WHERE ${inPublic} AND NOT ${extensionMember('pg_proc', 'p.oid')}
        AND NOT ${comesWithType}`,
  },
  {
    what: 'types in public',
    query: `SELECT format('DROP %s IF EXISTS public.%I CASCADE', CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, typname) AS statement
      FROM pg_catalog.pg_type t
      WHERE typnamespace = 'public'::regnamespace AND typtype IN ('b', 'c', 'd', 'e', 'r') AND typelem = 0
        AND (typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = typrelid AND relkind = 'c'))
        AND NOT ${extensionMember('pg_type', 't.oid')}`,
  },
  ...(
    [
      ['COLLATION', 'pg_collation', 'coll'],
      ['CONVERSION', 'pg_conversion', 'con'],
      ['TEXT SEARCH CONFIGURATION', 'pg_ts_config', 'cfg'],
      ['TEXT SEARCH DICTIONARY', 'pg_ts_dict', 'dict'],
    ] as const
  ).map(([type, catalog, prefix]) => ({
    what: `${type.toLowerCase()}s in public`,
    query: `SELECT format('DROP ${type} IF EXISTS public.%I CASCADE', ${prefix}name) AS statement
      FROM pg_catalog.${catalog} x WHERE ${prefix}namespace = 'public'::regnamespace AND NOT ${extensionMember(catalog, 'x.oid')}`,
  })),
  {
    what: 'operators in public',
    query: `SELECT format('DROP OPERATOR IF EXISTS %s CASCADE', o.oid::regoperator) AS statement
      FROM pg_catalog.pg_operator o WHERE oprnamespace = 'public'::regnamespace AND NOT ${extensionMember('pg_operator', 'o.oid')}`,
  },
  {
    // With their classes.
    what: 'operator families in public',
    query: `SELECT format('DROP OPERATOR FAMILY IF EXISTS public.%I USING %I CASCADE', opfname, amname) AS statement
      FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_am a ON a.oid = opfmethod
      WHERE opfnamespace = 'public'::regnamespace AND NOT ${extensionMember('pg_opfamily', 'f.oid')}`,
  },
]
