import type pg from 'pg'
import { z } from 'zod'
import { BackupError, ExitCode } from '../../common/errors.ts'
import type { QualifiedName } from '../rules/selection.ts'
import { quoteName } from '../sql/statements.ts'
import type { LoadedColumn } from './copy-line.ts'

const columnRow = z.object({
  name: z.string(),
  isJson: z.boolean(),
  isArray: z.boolean(),
  /** What stands between the elements of an array: a semicolon for boxes, a colon for PostGIS; null where it is none. */
  delimiter: z.string().nullable(),
  /** Computed from other columns: takes no value. */
  isGenerated: z.boolean(),
  /** GENERATED ALWAYS AS IDENTITY: cannot be updated. */
  isIdentityAlways: z.boolean(),
  isNullable: z.boolean(),
  wantsValue: z.boolean(),
  /** Its place in the primary key; null for others. */
  keyPlace: z.number().nullable(),
  /** The sequence that numbers it, as SQL: its own, or that of which its default is the next number. Null for others. */
  sequence: z.string().nullable(),
  /** That its default takes numbers of a sequence in a way that tells not which its rows have, or of one that is not ours to move. */
  isOddlyNumbered: z.boolean(),
})
export type TargetColumn = z.infer<typeof columnRow> & LoadedColumn

export interface TargetTable extends QualifiedName {
  oid: number
  /** Its own rows, as FROM and DELETE FROM name them: those of tables that inherit from it are not among them. */
  own: string
  /** Rows it holds now. */
  rows: number
  columns: TargetColumn[]
}

/** A domain's values look like those of the type it is made of. */
const columnsQuery = `WITH RECURSIVE base AS (
    SELECT a.attnum, a.atttypid AS type FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT b.attnum, t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
  SELECT a.attname::text AS name, t.oid IN ('pg_catalog.json'::regtype, 'pg_catalog.jsonb'::regtype) AS "isJson",
    t.typcategory = 'A' AS "isArray", (SELECT e.typdelim::text FROM pg_catalog.pg_type e WHERE e.typarray = t.oid) AS delimiter,
    a.attgenerated <> '' AS "isGenerated", a.attidentity = 'a' AS "isIdentityAlways",
    NOT a.attnotnull AS "isNullable",
    a.attnotnull OR a.atthasdef OR d.typnotnull OR d.typdefault IS NOT NULL AS "wantsValue",
    -- What a key INCLUDEs stands in its index behind its own columns.
    array_position((i.indkey::int2[])[0:i.indnkeyatts - 1], a.attnum) AS "keyPlace",
    n.sequence::pg_catalog.regclass::text AS sequence,
    n.sequence IS NULL AND (a.attidentity <> '' OR f.called IS NOT NULL OR coalesce(f.expression ~ 'nextval', false)) AS "isOddlyNumbered"
  FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
  JOIN pg_catalog.pg_attribute a ON a.attrelid = $1 AND a.attnum = b.attnum
  JOIN pg_catalog.pg_type d ON d.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_index i ON i.indrelid = $1 AND i.indisprimary
  -- The default of the column or, without one, of its domain; the sequences that either names.
  LEFT JOIN LATERAL (
    SELECT coalesce(pg_catalog.pg_get_expr(e.adbin, e.adrelid), d.typdefault) AS expression,
      (SELECT min(s.oid) FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_class s ON s.oid = p.refobjid AND s.relkind = 'S'
        WHERE p.refclassid = 'pg_catalog.pg_class'::regclass AND p.deptype = 'n' AND CASE WHEN e.oid IS NULL
          THEN p.classid = 'pg_catalog.pg_type'::regclass AND p.objid = d.oid
          ELSE p.classid = 'pg_catalog.pg_attrdef'::regclass AND p.objid = e.oid END) AS called
    FROM (SELECT) one LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = $1 AND e.adnum = a.attnum AND a.attgenerated = '') f ON true
  LEFT JOIN LATERAL (
    SELECT s.sequence FROM (SELECT coalesce(
        pg_catalog.pg_get_serial_sequence($1::regclass::text, a.attname)::pg_catalog.regclass,
        CASE WHEN f.expression ~ '^\\(*nextval\\(''.*''::regclass\\)\\)*(::[a-z]+)?$' THEN f.called END) AS sequence) s
    WHERE t.oid IN ('pg_catalog.int2'::regtype, 'pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype, 'pg_catalog.numeric'::regtype)
      AND pg_catalog.has_sequence_privilege(s.sequence, 'SELECT') AND pg_catalog.has_sequence_privilege(s.sequence, 'UPDATE')) n ON true
  ORDER BY a.attnum`

const relationRow = z.object({ oid: z.number(), kind: z.string() })

/**
 * Looks a table up at the target.
 * @throws BackupError LOAD_TABLE_MISSING when there is no table of that name
 */
export async function inspectTable(client: pg.Client, { schema, name }: QualifiedName): Promise<TargetTable> {
  const relations = await client.query(
    `SELECT c.oid, c.relkind::text AS kind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  )
  const relation = relations.rows.map((row) => relationRow.parse(row))[0]
  if (relation === undefined || !['r', 'p'].includes(relation.kind))
    throw new BackupError({
      code: 'LOAD_TABLE_MISSING',
      message: `The target has no table ${schema}.${name}.`,
      suggestion: 'Mind capitals. To make it from a backup: restore.sh --archive latest --table SCHEMA.NAME.',
      phase: 'load/target',
      exitCode: ExitCode.usage,
    })
  await client.query("SELECT pg_catalog.set_config('search_path', '', false)")
  const columns = await client.query(columnsQuery, [relation.oid])
  const own = `${relation.kind === 'p' ? '' : 'ONLY '}${quoteName(schema, name)}`
  const counted = await client.query(`SELECT count(*)::float8 AS rows FROM ${own}`)
  return {
    ...{ schema, name, oid: relation.oid, own },
    rows: z.object({ rows: z.number() }).parse(counted.rows[0]).rows,
    columns: columns.rows.map((row) => columnRow.parse(row)),
  }
}
