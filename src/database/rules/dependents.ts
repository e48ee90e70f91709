import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { type ContentsEntry, nameOf } from './contents.ts'
import { relationTypes } from './selection.ts'

const namesShown = 20

/** What else on the target hangs on the objects that will be replaced, and can be hung up again afterwards. */
const reattachable = ['FK CONSTRAINT', 'TRIGGER', 'EVENT TRIGGER']

const satelliteTypes = [
  'ACL',
  'COMMENT',
  'SECURITY LABEL',
  'TABLE DATA',
  'SEQUENCE SET',
  'MATERIALIZED VIEW DATA',
]

/**
 * Refuses to replace objects that views, functions, columns, … outside of the selection are made of: dropping the one
 * would drop the other.
 * @param entries the target's own table of contents
 * @param replaced those that will be dropped
 */
export function refuseDependents(
  entries: readonly ContentsEntry[],
  replaced: ReadonlySet<ContentsEntry>,
): void {
  const ids = new Set([...replaced].map(({ dumpId }) => dumpId))
  const dependents = entries.filter(
    (entry) =>
      !replaced.has(entry) &&
      !reattachable.includes(entry.desc) &&
      !satelliteTypes.includes(entry.desc) &&
      entry.dependencies.some((id) => ids.has(id)),
  )
  if (dependents.length === 0) return
  throw new BackupError({
    code: 'SELECTION_HAS_DEPENDENTS',
    message: 'Other objects of the target are made of what is to be replaced, and would be dropped with it.',
    detail: dependents.slice(0, namesShown).map(nameOf).join(', '),
    suggestion:
      'Select them too (--table, --schema), restore the rows alone (--data-only), or beside what is there (--into-schema).',
    phase: 'database/preflight',
  })
}

const attachmentRow = z.object({ drop: z.string(), create: z.string() })

/** SQL: what makes the event trigger `e` of function `f` in schema `n` as it is; whose it is only a superuser may say. */
const createEventTrigger = `format('CREATE EVENT TRIGGER %I ON %I%s EXECUTE FUNCTION %I.%I()', evtname, evtevent,
      (SELECT ' WHEN TAG IN (' || string_agg(quote_literal(tag), ', ') || ')' FROM unnest(evttags) tag), n.nspname, f.proname)
    || CASE evtenabled WHEN 'O' THEN '' ELSE format(E';\nALTER EVENT TRIGGER %I %s', evtname,
      CASE evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END) END
    || coalesce(format(E';\nCOMMENT ON EVENT TRIGGER %I IS %L', evtname, obj_description(e.oid, 'pg_event_trigger')), '')
    || CASE WHEN pg_get_userbyid(evtowner) = current_user THEN '' ELSE format(E';\nDO %L',
      format('BEGIN ALTER EVENT TRIGGER %I OWNER TO %I; EXCEPTION WHEN insufficient_privilege THEN NULL; END', evtname, pg_get_userbyid(evtowner))) END`

/** Foreign keys into replaced tables, and triggers that call replaced functions, of tables outside of the selection or of none. */
function attachmentsQuery(replaced: ReadonlySet<ContentsEntry>): string {
  const oids = (types: readonly string[]) =>
    [...replaced].filter(({ desc }) => types.includes(desc)).map(({ catalog }) => catalog.oid)
  // Zero is the identifier of nothing, for a list that would be empty.
  const tables = [0, ...oids(relationTypes)].join(', ')
  const functions = [0, ...oids(['FUNCTION'])].join(', ')
  return `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS create
    FROM pg_catalog.pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND confrelid IN (${tables}) AND conrelid NOT IN (${tables})
    UNION ALL
    SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass), pg_get_triggerdef(oid)
    FROM pg_catalog.pg_trigger
    WHERE NOT tgisinternal AND tgparentid = 0 AND tgfoid IN (${functions}) AND tgrelid NOT IN (${tables})
    UNION ALL
    SELECT format('DROP EVENT TRIGGER %I', evtname), ${createEventTrigger}
    FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc f ON f.oid = evtfoid
    JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace WHERE evtfoid IN (${functions})`
}

export interface Attachments {
  /** Makes them again; a foreign key is checked against the restored rows then. */
  restore(): Promise<void>
}

/** Takes off, for the time of the work, what hangs on the objects that are replaced. */
export async function detach(
  session: PsqlSession,
  replaced: ReadonlySet<ContentsEntry>,
): Promise<Attachments> {
  const attachments = await session.rows(attachmentsQuery(replaced), attachmentRow)
  const each = (sql: (attachment: z.infer<typeof attachmentRow>) => string) =>
    session.run(attachments.map((attachment) => `${sql(attachment)};\n`).join(''))
  await each(({ drop }) => drop)
  return { restore: () => each(({ create }) => create) }
}
