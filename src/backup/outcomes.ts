import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { z } from 'zod'
import type { ErrorReport } from '../common/errors.ts'
import type { ComponentResult } from '../common/findings.ts'
import { componentResultSchema } from '../common/manifest.ts'
import { type PartialBackup, partialSchema } from '../common/partial.ts'
import { documentOf, exitNote } from '../components/rendezvous.ts'
import { errorReportSchema } from '../report/schema.ts'

/** What became of a component's worker in this run. */
export type ComponentOutcome =
  | {
      name: string
      result: ComponentResult
      snapshotAt: string | null
      versions: Record<string, string>
      /** Which part of it was backed up, where that is not all. */
      partial: PartialBackup | undefined
    }
  | {
      name: string
      error: ErrorReport
      /** What was known of it when it failed. */
      known: ComponentResult | undefined
    }

const documentSchema = z.object({
  result: componentResultSchema.optional(),
  snapshotAt: z.string().nullable().default(null),
  versions: z.record(z.string(), z.string()).default({}),
  partial: partialSchema.optional(),
  error: errorReportSchema.nullable().default(null),
  components: z.array(componentResultSchema).default([]),
})

/** Reads what the worker of each component left in the run's directory. */
export async function readOutcomes(directory: string, names: readonly string[]): Promise<ComponentOutcome[]> {
  return Promise.all(names.map((name) => readOutcome(directory, name)))
}

async function readOutcome(directory: string, name: string): Promise<ComponentOutcome> {
  const exit = await readFile(exitNote(directory, name), 'utf8').catch(() => '')
  const text = await readFile(documentOf(directory, name), 'utf8').catch(() => '')
  // One that was killed, or that the disk had no room for, left nothing whole.
  const document = documentSchema.safeParse(parseJson(text)).data
  const known = document?.components.find(({ component }) => component === name)
  const { result, snapshotAt = null, versions = {}, partial } = document ?? {}
  if (result !== undefined && ['0', '3'].includes(exit.trim()))
    return { name, result, snapshotAt, versions, partial }
  return { name, error: document?.error ?? died(name, exit.trim()), known }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** In the words of worker_raise_death in src/shell/worker.sh. */
function died(name: string, exit: string): ErrorReport {
  const [signal] = Object.entries(constants.signals).find(([, number]) => number === Number(exit) - 128) ?? []
  const how =
    signal === undefined ? `ended with the unexpected exit code ${exit || 'none'}` : `was ended by ${signal}`
  return {
    code: 'WORKER_DIED',
    message: `The worker ${name}.ts ${how}.`,
    detail: null,
    suggestion: 'Its last words are in the log; a machine short of memory is the usual cause.',
    phase: name,
  }
}
