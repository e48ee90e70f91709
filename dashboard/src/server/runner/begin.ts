import {
  arm,
  backup,
  deleteArchive,
  drill,
  type Exported,
  exportBackup,
  type Previewed,
  pinArchive,
  preview,
  previewRollback,
  type RunEvent,
  type RunReport,
  restore,
  resume,
  rollback,
  unpinArchive,
  type Verified,
  verify,
  verifyRepository,
} from '../toolkit.ts'
import type { StartOptions, StartTarget } from './start-options.ts'

/** A run, which leaves a report, or a question to a script, whose answer nothing else keeps. */
export type Begun =
  | { type: 'run'; events: AsyncIterable<RunEvent>; result: Promise<RunReport | null> }
  | { type: 'question'; result: Promise<Previewed | Verified | Exported | { archive: string }> }

export interface BeginOptions {
  envFile: string
  runId: string
  environment: Record<string, string | undefined>
  signal: AbortSignal
  /** Makes the directory where an export may write. */
  exportPlace: () => Promise<string>
  /** The target as `--target` takes it; undefined where there is none. */
  target: { name: string; isSource: boolean } | undefined
}

/** Starts what the options say. */
export function begin(
  options: StartOptions,
  { target, runId, exportPlace, ...project }: BeginOptions,
): Begun {
  const how = { ...project, runId, detached: true }
  const there = { target: target?.name ?? 'test', overSource: target?.isSource }
  switch (options.kind) {
    case 'backup':
      return asRun(backup({ ...options, ...how }))
    case 'drill':
      return asRun(drill({ ...options, ...how }))
    case 'check':
      return asRun(verifyRepository({ ...options, ...how }))
    case 'restore':
      return asRun(restore({ ...options, ...how, ...there }))
    case 'rollback':
      return asRun(rollback({ ...options, ...how, ...there }))
    case 'resume':
      return asRun(resume({ ...options, ...how, ...there }))
    case 'arm':
      return asRun(arm({ ...options, ...how, ...there }))
    case 'verify':
      return { type: 'question', result: verify({ ...options, ...project }) }
    case 'export': {
      const written = exportPlace().then((directory) => exportBackup({ ...options, ...project, directory }))
      return { type: 'question', result: written }
    }
    case 'delete': {
      const { archive } = options
      return { type: 'question', result: deleteArchive({ ...project, archive }).then(() => ({ archive })) }
    }
    case 'pin': {
      const { archive, reason } = options
      return {
        type: 'question',
        result: pinArchive({ ...project, archive, reason }).then(() => ({ archive })),
      }
    }
    case 'unpin': {
      const { archive } = options
      return { type: 'question', result: unpinArchive({ ...project, archive }).then(() => ({ archive })) }
    }
    case 'rollback-preview':
      return { type: 'question', result: previewRollback({ ...options, ...project, ...there }) }
    case 'preview':
      return { type: 'question', result: preview({ ...options, ...project, ...there }) }
  }
}

function asRun(run: { events: AsyncIterable<RunEvent>; result: Promise<RunReport | null> }): Begun {
  return { type: 'run', events: run.events, result: run.result }
}

/** The target as a script is told it. @param own the project whose backups are restored */
export function namedTarget(
  target: StartTarget,
  own: { id: string },
  find: (projectId: string) => { id: string; name: string },
): { name: string; isSource: boolean } {
  if (target.type === 'test') return { name: 'test', isSource: false }
  const project = find(target.projectId)
  return { name: project.name, isSource: project.id === own.id }
}
