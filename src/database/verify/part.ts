import { databaseError } from '../connect/query-errors.ts'
import { openSnapshot } from '../connect/snapshot.ts'
import type { Binding } from '../facts/all.ts'
import {
  notBeside,
  type SelectionPlan,
  type SelectiveRestoreOptions,
  schemasOf,
} from '../restore/selection-plan.ts'
import { leftOutNames, type Weakening } from '../restore/weakened.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { type Selection, selectEntries } from '../rules/selection.ts'
import { verifyBindings } from './bindings.ts'
import type { Difference } from './difference.ts'
import { compareSchema } from './schema.ts'
import { type DatabaseVerification, inspectSnapshot } from './verify.ts'

type Options = SelectiveRestoreOptions & { weakened: readonly Weakening[] }

/**
 * Compares the restored part of a target with the backup: definitions, owners, privileges, comments. Its rows were
 * compared before the COMMIT.
 */
export async function verifySelection(options: Options, plan: SelectionPlan): Promise<DatabaseVerification> {
  try {
    const differences = await compareSelection(options, plan)
    const counts = { definitions: plan.decisions.length, differences: differences.length }
    return { ok: differences.length === 0, differences, findings: [], counts }
  } catch (error) {
    throw databaseError(error, 'database/verify')
  }
}

async function compareSelection(options: Options, plan: SelectionPlan): Promise<Difference[]> {
  const { selection, intoSchema } = options
  const expected = plan.decisions.map(({ entry }) => entry)
  const snapshot = await openSnapshot(options.target)
  try {
    const found = await inspectSnapshot(options, snapshot)
    const [schema = ''] = schemasOf(selection)
    const there =
      intoSchema === undefined
        ? found.contents.entries
        : found.contents.entries.flatMap((entry) => inItsPlace(entry, schema, intoSchema))
    const restored = await selectEntries(there, selection)
    if (intoSchema !== undefined) for (const entry of await notBeside(restored)) restored.delete(entry)
    // What the selection needed and the target lacked was restored too.
    const names = new Set(expected.map(identity))
    const entries = there.filter((entry) => restored.has(entry) || names.has(identity(entry)))
    const definitions = await compareSchema(
      { contents: { ...plan.contents, entries: expected }, facts: plan.recorded },
      { contents: { ...found.contents, entries }, facts: found.facts },
      { disarmed: !options.arm, schemas: found.schemas, weakened: options.weakened },
    )
    const left = leftOutNames(options.weakened)
    const dependencies = await verifyBindings(snapshot.lead, options.generation, {
      serverVersion: plan.contents.serverVersion,
      where: (binding) =>
        isSelected(binding, selection) && !left.has(`${binding.kind} ${binding.schema} ${binding.name}`),
      translate: (binding) => (intoSchema === undefined ? binding : asNamed(binding, schema, intoSchema)),
    })
    return [...definitions, ...dependencies]
  } finally {
    await snapshot.close()
  }
}

function isSelected({ schema, relation }: Binding, { schemas, tables }: Selection): boolean {
  return schemas.includes(schema) || tables.some(({ schema: of, name }) => of === schema && name === relation)
}

/** The binding of an object that was restored under another schema, as it would be under its own. */
function asNamed(binding: Binding, schema: string, intoSchema: string): Binding {
  const named = (text: string) => text.replaceAll(`${intoSchema}.`, `${schema}.`)
  return {
    ...binding,
    schema: binding.schema === intoSchema ? schema : '',
    operators: Object.fromEntries(
      Object.entries(binding.operators).map(([name, times]) => [named(name), times]),
    ),
    functions: binding.functions.map(named).sort(),
    types: binding.types.map(named).sort(),
  }
}

function identity({ desc, namespace, tag }: ContentsEntry): string {
  return JSON.stringify([desc, namespace, tag])
}

/** An entry of the schema that was restored under another name, as it would be under its own; nothing else. */
function inItsPlace(entry: ContentsEntry, schema: string, intoSchema: string): ContentsEntry[] {
  if (entry.namespace !== intoSchema) return []
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}".`
  return [
    {
      ...entry,
      namespace: schema,
      tag: entry.tag.replaceAll(quoted(intoSchema), quoted(schema)),
      defn: entry.defn.replaceAll(quoted(intoSchema), quoted(schema)),
    },
  ]
}
