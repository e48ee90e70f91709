import type pg from 'pg'

/**
 * The queries behind `test/fixtures/platform-catalog.json`: what a platform's catalog holds, by kind of thing.
 * Members of extensions are left out; they differ with the extension's version, which is compared.
 */
const queries = {
  database: `
    SELECT pg_get_userbyid(datdba) AS owner, datacl::text[] AS acl FROM pg_database WHERE datname = current_database()`,
  roles: `
    SELECT rolname AS name, rolcanlogin AS login, rolinherit AS inherit, rolcreatedb AS createdb,
      rolbypassrls AS bypassrls, rolsuper AS superuser, rolcreaterole AS createrole, rolreplication AS replication,
      (SELECT setconfig FROM pg_db_role_setting WHERE setrole = pg_roles.oid AND setdatabase = 0) AS settings
    FROM pg_roles WHERE rolname !~ '^pg_'`,
  memberships: `
    SELECT granted.rolname AS role, member.rolname AS member, bool_or(admin_option) AS admin
    FROM pg_auth_members
    JOIN pg_roles AS granted ON granted.oid = roleid JOIN pg_roles AS member ON member.oid = pg_auth_members.member
    WHERE member.rolname !~ '^pg_'
    GROUP BY 1, 2`,
  settings: `
    SELECT datname AS database, setconfig AS settings
    FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase WHERE setrole = 0`,
  schemas: `
    SELECT nspname AS name, pg_get_userbyid(nspowner) AS owner, nspacl::text[] AS acl
    FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
  extensions: `
    SELECT extname AS name, pg_get_userbyid(extowner) AS owner, nspname AS schema, extversion AS version
    FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace`,
  enums: `
    SELECT nspname AS schema, typname AS name, pg_get_userbyid(typowner) AS owner,
      (SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = pg_type.oid) AS labels
    FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace WHERE typtype = 'e'`,
  composites: `
    SELECT nspname AS schema, typname AS name, pg_get_userbyid(typowner) AS owner, (
      SELECT json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod)) ORDER BY attnum)
      FROM pg_attribute WHERE attrelid = typrelid
    ) AS attributes
    FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace JOIN pg_class ON pg_class.oid = typrelid
    WHERE relkind = 'c'`,
  relations: `
    SELECT nspname AS schema, relname AS name, pg_get_userbyid(relowner) AS owner, relacl::text[] AS acl,
      CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'S' THEN 'sequence' ELSE relkind::text
      END AS kind,
      relrowsecurity AS rls, relforcerowsecurity AS "forceRls", (
        SELECT json_agg(json_strip_nulls(json_build_object(
          'name', attname,
          'type', format_type(atttypid, atttypmod),
          'notNull', nullif(attnotnull, false),
          'default', CASE WHEN attgenerated = '' THEN pg_get_expr(adbin, adrelid) END,
          'generated', CASE WHEN attgenerated <> '' THEN pg_get_expr(adbin, adrelid) END,
          'identity', nullif(attidentity, '')
        )) ORDER BY attnum)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped AND relkind <> 'S'
      ) AS columns, (
        SELECT json_agg(json_build_object('name', conname, 'definition', pg_get_constraintdef(oid)) ORDER BY conname)
        FROM pg_constraint WHERE conrelid = relation.oid AND contype <> 'n'
      ) AS constraints, (
        SELECT json_agg(json_build_object('name', relname, 'definition', pg_get_indexdef(oid)) ORDER BY relname)
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = relation.oid AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
      ) AS indexes, (
        SELECT json_agg(json_build_object(
          'name', tgname,
          'level', CASE WHEN tgtype & 1 > 0 THEN 'row' ELSE 'statement' END,
          'timing', CASE WHEN tgtype & 2 > 0 THEN 'before' ELSE 'after' END,
          'events', array_remove(ARRAY[
            CASE WHEN tgtype & 4 > 0 THEN 'insert' END, CASE WHEN tgtype & 8 > 0 THEN 'delete' END,
            CASE WHEN tgtype & 16 > 0 THEN 'update' END
          ], NULL),
          'function', (SELECT pronamespace::regnamespace || '.' || proname FROM pg_proc WHERE oid = tgfoid)
        ) ORDER BY tgname)
        FROM pg_trigger WHERE tgrelid = relation.oid AND NOT tgisinternal
      ) AS triggers
    FROM pg_class AS relation JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'S', 'v', 'm') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = relation.oid AND deptype = 'e')`,
  functions: `
    SELECT nspname AS schema, proname AS name, pg_get_userbyid(proowner) AS owner, proacl::text[] AS acl,
      prokind AS kind, lanname AS language, pg_get_function_result(function.oid) AS returns,
      pg_get_function_identity_arguments(function.oid) AS arguments, provolatile AS volatility,
      prosecdef AS "securityDefiner"
    FROM pg_proc AS function JOIN pg_namespace ON pg_namespace.oid = pronamespace
    JOIN pg_language ON pg_language.oid = prolang
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = function.oid AND deptype = 'e')`,
  eventTriggers: `
    SELECT evtname AS name, evtevent AS event, evttags AS tags, pg_get_userbyid(evtowner) AS owner,
      evtenabled AS enabled,
      (SELECT pronamespace::regnamespace || '.' || proname FROM pg_proc WHERE oid = evtfoid) AS function
    FROM pg_event_trigger`,
  publications: `
    SELECT pubname AS name, pg_get_userbyid(pubowner) AS owner, puballtables AS "allTables", pubinsert AS insert,
      pubupdate AS update, pubdelete AS delete, pubtruncate AS truncate, (
        SELECT array_agg(prrelid::regclass::text ORDER BY 1) FROM pg_publication_rel WHERE prpubid = pg_publication.oid
      ) AS tables
    FROM pg_publication`,
  defaultPrivileges: `
    SELECT pg_get_userbyid(defaclrole) AS role, nspname AS schema, defaclacl::text[] AS acl,
      CASE defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' END AS objects
    FROM pg_default_acl LEFT JOIN pg_namespace ON pg_namespace.oid = defaclnamespace`,
}

type Row = Record<string, unknown>
export type Catalog = Record<string, unknown>

/** The catalog of the database behind `client`, in the fixture's shape. */
export async function readCatalog(client: pg.Client): Promise<Catalog> {
  const catalog: Catalog = {}
  // Definitions name a schema only where the search path does not reach it.
  await client.query(`SET search_path = ''`)
  for (const [kind, query] of Object.entries(queries)) {
    const { rows } = await client.query<Row>(query)
    catalog[kind] = kind === 'database' ? rows[0] : rows
  }
  return catalog
}

/**
 * A catalog as a flat map, `relations auth.users columns email` → its facts as text, so that two catalogs can be
 * compared entry by entry. Rights and settings are sets: their order says nothing.
 */
export function flattenCatalog(catalog: Catalog): Map<string, string> {
  const flat = new Map<string, string>()
  for (const kind of Object.keys(queries)) flatten(kind, catalog[kind], flat)
  return flat
}

const identityFields = ['schema', 'name', 'arguments', 'role', 'member', 'database', 'objects']

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function flatten(path: string, value: unknown, flat: Map<string, string>): void {
  if (Array.isArray(value) && value.some(isRow)) {
    for (const row of value.filter(isRow)) {
      const identity = identityFields.flatMap((field) => (typeof row[field] === 'string' ? [row[field]] : []))
      flatten(`${path} ${identity.join(' ')}`.trimEnd(), row, flat)
    }
    return
  }
  if (isRow(value)) {
    const fields = Object.entries(value).filter(
      ([name, field]) => !identityFields.includes(name) && field !== null,
    )
    flat.set(path, '')
    for (const [name, field] of fields) flatten(`${path} ${name}`, field, flat)
    return
  }
  if (path.endsWith(' acl') || path.endsWith(' settings')) {
    // PostgreSQL 17 added MAINTAIN, `m`, to the rights on tables.
    for (const item of Array.isArray(value) ? value : [])
      flat.set(`${path} ${String(item).replace(/m\*?(?=\/)/, '')}`, '')
    return
  }
  flat.set(path, JSON.stringify(value))
}
