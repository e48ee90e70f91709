import { openSnapshot } from '../connect/snapshot.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { type Selection, selectEntries } from '../rules/selection.ts'
import { compareSchema } from '../verify/schema.ts'
import { inspectSnapshot } from '../verify/verify.ts'
import type { DatabasePart } from './part.ts'
import { withPartitions } from './partitions.ts'
import {
  type DatabasePreview,
  type DatabasePreviewOptions,
  previewDatabase,
  previewObjects,
  previewTables,
} from './preview.ts'
import { previewRoles } from './roles-only.ts'
import { planRows } from './rows-only.ts'
import { planSelection, schemasOf } from './selection-plan.ts'

/**
 * Says what restoring a part of the database would do, and changes nothing.
 * @throws BackupError where the restore would be refused
 */
export async function previewPart(
  part: DatabasePart,
  options: DatabasePreviewOptions,
): Promise<DatabasePreview> {
  const { selection, contents } = part
  if (contents === 'roles') return previewRoles(options)
  if (selection === undefined) return previewDatabase({ ...options, schemaOnly: true })
  const preview = { extensions: { create: [], move: [], missing: [] }, findings: [] }
  if (contents === 'rows') return { ...preview, ...(await previewRows(selection, options)) }
  return { ...preview, ...(await previewSelection(part, selection, options)) }
}

async function previewRows(selection: Selection, options: DatabasePreviewOptions) {
  const { tables, contents } = await planRows({ ...options, selection })
  const snapshot = await openSnapshot(options.target)
  try {
    const counted = await previewTables(snapshot, tables, () => false)
    return withPartitions({ tables: counted, objects: [] }, contents.entries)
  } finally {
    await snapshot.close()
  }
}

async function previewSelection(
  { contents, intoSchema }: DatabasePart,
  selection: Selection,
  options: DatabasePreviewOptions,
): Promise<Pick<DatabasePreview, 'tables' | 'objects'>> {
  const definitionsOnly = contents === 'definitions'
  const plan = await planSelection({ ...options, selection, intoSchema, schemaOnly: definitionsOnly })
  const renamed = new Set(intoSchema === undefined ? [] : schemasOf(selection))
  const inItsPlace = (schema: string) => (renamed.has(schema) ? `${intoSchema}` : schema)
  const entries = plan.decisions.map(({ entry }) => ({ ...entry, namespace: inItsPlace(entry.namespace) }))
  const oids = (list: Iterable<ContentsEntry>) => new Set([...list].map(({ catalog }) => catalog.oid))
  const [restored, replaced] = [oids(entries), oids(plan.replaced)]
  const tables = plan.recorded.tables
    .filter(({ oid }) => restored.has(oid))
    .map(({ schema, name, rows }) => ({ schema: inItsPlace(schema), name, rows: definitionsOnly ? 0 : rows }))
  const snapshot = await openSnapshot(options.target)
  try {
    const there = await inspectSnapshot(options, snapshot)
    const now = intoSchema === undefined ? [...(await selectEntries(there.contents.entries, selection))] : []
    const differences = await compareSchema(
      { contents: { ...plan.contents, entries }, facts: plan.recorded },
      { contents: { ...there.contents, entries: now }, facts: there.facts },
      { disarmed: !options.arm, schemas: there.schemas },
    )
    const found = {
      objects: previewObjects(differences),
      tables: await previewTables(snapshot, tables, ({ oid }) => replaced.has(oid)),
    }
    return withPartitions(found, entries, now)
  } finally {
    await snapshot.close()
  }
}
