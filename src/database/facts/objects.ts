import { z } from 'zod'
import type { Fact } from './fact.ts'

const databaseRow = z.object({
  name: z.string(),
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  comment: z.string().nullable(),
  /** -1 for no limit. */
  connectionLimit: z.number().int(),
  /** Of a session as it begins; backups of an older toolkit lack it. */
  searchPath: z.string().nullish(),
})

/** The database itself, in one row: what a target must match, and what no dump without --create carries. */
export const databaseFact: Fact<z.infer<typeof databaseRow>> = {
  file: 'database.jsonl',
  row: databaseRow,
  sql: () => `select d.datname::text as name, pg_catalog.pg_get_userbyid(d.datdba)::text as owner,
      pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding, d.datcollate::text as collate,
      d.datctype::text as ctype, pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
      d.datconnlimit as "connectionLimit",
      (select s.reset_val from pg_catalog.pg_settings s where s.name = 'search_path') as "searchPath"
    from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
}

const extensionRow = z.object({
  name: z.string(),
  schema: z.string(),
  version: z.string(),
  owner: z.string(),
})

/** Installed extensions. */
export const extensions: Fact<z.infer<typeof extensionRow>> = {
  file: 'extensions.jsonl',
  row: extensionRow,
  sql: () => `select e.extname::text as name, n.nspname::text as schema, e.extversion as version,
      pg_catalog.pg_get_userbyid(e.extowner)::text as owner
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace order by 1`,
}

const extensionFunctionRow = z.object({ extension: z.string(), schema: z.string(), name: z.string() })
export type ExtensionFunction = z.infer<typeof extensionFunctionRow>

/** The functions of extensions, by name: texts of functions call them, and nothing else says so. */
export const extensionFunctions: Fact<ExtensionFunction> = {
  file: 'extension-functions.jsonl',
  row: extensionFunctionRow,
  sql: () => `select distinct e.extname::text as extension, n.nspname::text as schema, p.proname::text as name
    from pg_catalog.pg_extension e
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
      and d.classid = 'pg_catalog.pg_proc'::regclass
    join pg_catalog.pg_proc p on p.oid = d.objid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    order by 1, 2, 3`,
}

const publicationRow = z.object({
  oid: z.number(),
  name: z.string(),
  owner: z.string(),
  allTables: z.boolean(),
  insert: z.boolean(),
  update: z.boolean(),
  delete: z.boolean(),
  truncate: z.boolean(),
  viaRoot: z.boolean(),
  /** Not said in a generation of before. */
  comment: z.string().nullable().optional(),
  tables: z.array(
    z.object({
      schema: z.string(),
      table: z.string(),
      /** Null for all columns. */
      columns: z.array(z.string()).nullable(),
      /** The row filter, null for all rows. */
      where: z.string().nullable(),
    }),
  ),
  /** Schemas published whole. */
  schemas: z.array(z.string()),
})

/** Publications with their members as they were named, not as they expand. */
export const publications: Fact<z.infer<typeof publicationRow>> = {
  file: 'publications.jsonl',
  row: publicationRow,
  sql: ({ version }) => {
    const columns = `(select jsonb_agg(a.attname::text order by a.attnum) from pg_catalog.pg_attribute a
      where a.attrelid = r.prrelid and a.attnum = any (r.prattrs::int2[]))`
    const filtered = version >= 150_000
    return `select p.oid, p.pubname::text as name, pg_catalog.pg_get_userbyid(p.pubowner)::text as owner,
        p.puballtables as "allTables", p.pubinsert as insert, p.pubupdate as update, p.pubdelete as delete,
        p.pubtruncate as truncate, p.pubviaroot as "viaRoot",
        pg_catalog.obj_description(p.oid, 'pg_publication') as comment,
        coalesce((select jsonb_agg(jsonb_build_object('schema', n.nspname, 'table', c.relname,
            'columns', ${filtered ? columns : 'null::jsonb'},
            'where', ${filtered ? 'pg_catalog.pg_get_expr(r.prqual, r.prrelid)' : 'null::text'})
            order by n.nspname, c.relname)
          from pg_catalog.pg_publication_rel r
          join pg_catalog.pg_class c on c.oid = r.prrelid
          join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where r.prpubid = p.oid), '[]') as tables,
        ${
          filtered
            ? `array(select n.nspname::text from pg_catalog.pg_publication_namespace s
          join pg_catalog.pg_namespace n on n.oid = s.pnnspid where s.pnpubid = p.oid order by 1)`
            : `'{}'::text[]`
        } as schemas
      from pg_catalog.pg_publication p order by 2`
  },
}

const eventTriggerRow = z.object({
  oid: z.number(),
  name: z.string(),
  owner: z.string(),
  event: z.string(),
  /** O origin and local, D disabled, R replica, A always. */
  enabled: z.string(),
  tags: z.array(z.string()).nullable(),
  functionSchema: z.string(),
  functionName: z.string(),
})

/** Event triggers, the platform's (owned by supabase_admin) and the user's. */
export const eventTriggers: Fact<z.infer<typeof eventTriggerRow>> = {
  file: 'event-triggers.jsonl',
  row: eventTriggerRow,
  sql: () => `select e.oid, e.evtname::text as name, pg_catalog.pg_get_userbyid(e.evtowner)::text as owner,
      e.evtevent::text as event, e.evtenabled::text as enabled, e.evttags as tags,
      n.nspname::text as "functionSchema", f.proname::text as "functionName"
    from pg_catalog.pg_event_trigger e
    join pg_catalog.pg_proc f on f.oid = e.evtfoid
    join pg_catalog.pg_namespace n on n.oid = f.pronamespace order by 2`,
}
