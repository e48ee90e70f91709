import type { Outputs } from '~/client/client'
import type { StartOptions } from '~/server/runner/start-options'

export type Draft = Outputs['drafts']['get']

/** In the order in which they come; each can be gone back to. */
export const steps = ['source', 'parts', 'target', 'preview', 'confirm', 'result'] as const
export type Step = (typeof steps)[number]

export const stepNames: Record<Step, string> = {
  source: 'From',
  parts: 'What',
  target: 'Where to',
  preview: 'Preview',
  confirm: 'Confirm',
  result: 'Result',
}

export const emptyDraft: Draft = {
  ...{ archive: null, only: null, schemas: [], tables: [], buckets: [], target: null },
  ...{ dataOnly: false, keepExtra: false, arm: false, noSafetyBackup: false, previewId: null, runId: null },
}

function list(values: readonly string[]): string[] | undefined {
  return values.length === 0 ? undefined : [...values]
}

/** What of the backup is restored, as the scripts take it. */
function partOf(draft: Draft) {
  const isPart = draft.schemas.length + draft.tables.length > 0
  return {
    only: draft.only === null ? undefined : list(draft.only),
    schemas: list(draft.schemas),
    tables: list(draft.tables),
    buckets: list(draft.buckets),
    dataOnly: isPart && draft.dataOnly ? true : undefined,
    keepExtra: draft.keepExtra || undefined,
    arm: draft.arm || undefined,
  }
}

/** What of the backup is restored, in words, a line each. */
export function partWords(draft: Draft): string[] {
  const { only, schemas, tables, buckets } = draft
  const lines = [
    ...(only === null ? [] : [`only ${only.join(', ')}`]),
    ...(schemas.length === 0 ? [] : [`of the database the schemas ${schemas.join(', ')}`]),
    ...(tables.length === 0 ? [] : [`of the database the tables ${tables.join(', ')}`]),
    ...(schemas.length + tables.length > 0 && draft.dataOnly ? ['their rows alone'] : []),
    ...(buckets.length === 0 ? [] : [`of Storage the buckets ${buckets.join(', ')}`]),
    ...(draft.keepExtra ? ['what the backup does not have stays at the target'] : []),
    ...(draft.arm ? ['cron jobs and webhooks become active'] : []),
  ]
  return lines.length === 0 ? ['everything in it'] : lines
}

/** The preview of it; undefined where there is none, as of a drill. */
export function previewOptions(draft: Draft): StartOptions | undefined {
  const { archive, target } = draft
  if (archive === null || target === null || target.type === 'drill') return undefined
  return { kind: 'preview', archive, target, ...partOf(draft) }
}

/** The restore itself. @param confirm the reference that was typed */
export function restoreOptions(draft: Draft, confirm: string): StartOptions | undefined {
  const { archive, target } = draft
  if (archive === null || target === null) return undefined
  if (target.type === 'drill')
    return {
      ...{ kind: 'drill', archive, buckets: list(draft.buckets) },
      only: draft.only === null ? undefined : list(draft.only),
    }
  return {
    ...{ kind: 'restore', archive, target, confirm, ...partOf(draft) },
    noSafetyBackup: draft.noSafetyBackup || undefined,
  }
}
