import { mkdir } from 'node:fs/promises'
import pLimit from 'p-limit'
import { BackupError } from '../common/errors.ts'
import { writeFileAtomic } from '../common/files.ts'
import { type Finding, finding, statusOf } from '../common/findings.ts'
import type { BackupContext, ComponentBackup } from '../components/component.ts'
import { openOrigin } from '../project/project.ts'
import type { FunctionsApi } from './api.ts'
import { renderConfigToml } from './config-toml.ts'
import { NoSources } from './errors.ts'
import { type FunctionSource, readIndex, writeIndex } from './index-file.ts'
import { functionsLayout, slugPattern } from './layout.ts'
import type { ListedFunction } from './listed.ts'
import { openFunctionsOf } from './open.ts'
import { UntrustedPath } from './paths.ts'
import { captureSecrets } from './secrets.ts'
import { describe, isUnchanged, linkSources, readFunction, removeSources, writeSources } from './source.ts'

const component = 'functions'

/** Functions read at the same time, each held in memory as a whole meanwhile. */
const atOnce = 4
/** How often functions that are deployed during a backup are read again. */
const rounds = 3
/** After so many in a row that could not be read because the API does not serve, none of the others is tried. */
const failuresInARow = 3

/** What a backup of the functions has come to so far. */
interface Capture {
  readonly api: FunctionsApi
  readonly context: BackupContext
  /** Of the generation before, by slug. */
  readonly before: ReadonlyMap<string, FunctionSource>
  readonly done: Map<string, FunctionSource>
  /** Why a function could not be read, by slug. */
  readonly failed: Map<string, string>
  readonly counts: { functionsFetched: number; functionsReused: number; bytesReceived: number }
  unserved: number
}

/** Writes `functions/`: the sources of every function, by their bodies; those that did not change are links. */
export async function backUpFunctions(context: BackupContext): Promise<ComponentBackup> {
  const started = performance.now()
  const { config, generation, previous, log, signal } = context
  const api = openFunctionsOf(openOrigin(config), {
    signal,
    onRetry: (error) => log.warn(`${error.message}; trying again`),
  })
  try {
    await api.requireAwake()
    const listed = await api.list()
    await mkdir(functionsLayout(generation).folder, { recursive: true, mode: 0o700 })
    const secrets = await captureSecrets({ api, config, generation, previous, signal })
    const capture: Capture = {
      ...{ api, context, before: await functionsBefore(previous), done: new Map(), failed: new Map() },
      counts: { functionsFetched: 0, functionsReused: 0, bytesReceived: 0 },
      unserved: 0,
    }
    const gone = await captureAll(capture, listed)
    const stale = await keepUnread(capture)
    const functions = [...capture.done.values()].sort((a, b) => (a.slug < b.slug ? -1 : 1))
    const unread = [...capture.failed.keys()].filter((slug) => !capture.done.has(slug))
    await writeIndex(generation, functions, unread)
    await writeFileAtomic(functionsLayout(generation).config, renderConfigToml(functions))
    const findings = [...secrets.findings, ...unreadFindings(capture, stale), ...goneFindings(gone)]
    const files = functions.flatMap((source) => source.files)
    const counts = {
      ...{ functions: functions.length, files: files.length, secrets: secrets.count },
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      ...{ ...capture.counts, ...api.counts },
    }
    const seconds = (performance.now() - started) / 1000
    return { result: { component, status: statusOf(findings), seconds, counts, findings }, snapshotAt: null }
  } finally {
    await api.close()
  }
}

async function functionsBefore(previous: string | undefined): Promise<Map<string, FunctionSource>> {
  const functions = previous === undefined ? [] : await readIndex(previous).catch(() => [])
  return new Map(functions.map((source) => [source.slug, source]))
}

/**
 * Reads every function, and those again that were deployed meanwhile: what the list says of a function and its sources belong
 * together then.
 * @returns the slugs of those that were deleted meanwhile
 */
async function captureAll(capture: Capture, listed: readonly ListedFunction[]): Promise<string[]> {
  const { api, done, failed, context } = capture
  const gone = new Set<string>()
  let wanted = listed.filter(({ status }) => status !== 'REMOVED')
  for (let round = 1; ; round += 1) {
    const fetched = await captureSome(capture, wanted)
    if (fetched === 0 || round === rounds) return [...gone]
    const now = await api.list()
    const left = new Set(now.map(({ slug }) => slug))
    for (const slug of [...done.keys(), ...failed.keys()]) {
      if (left.has(slug)) continue
      gone.add(slug)
      done.delete(slug)
      failed.delete(slug)
      await removeSources(context.generation, slug)
    }
    wanted = now.filter(({ slug, version, status }) => {
      const known = done.get(slug)
      return status !== 'REMOVED' && !failed.has(slug) && known?.listed.version !== version
    })
  }
}

/** @returns how many were asked for */
async function captureSome(capture: Capture, listed: readonly ListedFunction[]): Promise<number> {
  const limit = pLimit(atOnce)
  const asked = await Promise.all(
    listed.map((each) =>
      limit(async () => {
        try {
          return await captureOne(capture, each)
        } catch (error) {
          // The others that wait for their turn are not begun.
          limit.clearQueue()
          throw error
        }
      }),
    ),
  )
  return asked.filter((wasAsked) => wasAsked).length
}

/** @returns whether it was asked for */
async function captureOne(capture: Capture, listed: ListedFunction): Promise<boolean> {
  const { api, context, before, done, failed, counts } = capture
  const { generation, previous, signal } = context
  const { slug } = listed
  signal.throwIfAborted()
  if (!slugPattern.test(slug)) {
    failed.set(slug, 'its name is none that a function may have')
    return false
  }
  const known = before.get(slug)
  if (known && previous !== undefined && isUnchanged(listed, known)) {
    if (await linkSources(previous, generation, known)) {
      done.set(slug, describe(listed, known))
      counts.functionsReused += 1
      return false
    }
  }
  try {
    const read = await readFunction(api, listed)
    await writeSources(generation, read, new Date(listed.updated_at ?? Date.now()))
    done.set(slug, read.source)
    failed.delete(slug)
    counts.functionsFetched += 1
    counts.bytesReceived += read.source.files.reduce((sum, { bytes }) => sum + bytes, 0)
    capture.unserved = 0
  } catch (error) {
    noteFailure(capture, slug, error)
  }
  return true
}

/** @throws what ends the whole backup: the access token is no longer good, or the API does not serve */
function noteFailure(capture: Capture, slug: string, error: unknown): void {
  const { failed } = capture
  if (error instanceof UntrustedPath || error instanceof NoSources) {
    capture.unserved = 0
    failed.set(slug, error.message)
    return
  }
  if (!(error instanceof BackupError)) throw error
  capture.unserved += 1
  if (error.code !== 'API_UNREACHABLE' && error.code !== 'API_REFUSED') throw error
  if (capture.unserved >= failuresInARow) throw error
  failed.set(slug, error.detail ?? error.message)
}

/** In place of functions that could not be read, their last good copies. @returns the slugs of those */
async function keepUnread({ context, before, done, failed }: Capture): Promise<string[]> {
  const { generation, previous } = context
  const kept: string[] = []
  for (const slug of failed.keys()) {
    const known = before.get(slug)
    await removeSources(generation, slugPattern.test(slug) ? slug : 'none')
    if (known === undefined || previous === undefined) continue
    if (!(await linkSources(previous, generation, known))) continue
    done.set(slug, { ...known, stale: true })
    kept.push(slug)
  }
  return kept
}

function unreadFindings({ failed }: Capture, stale: readonly string[]): Finding[] {
  if (failed.size === 0) return []
  const reasons = [...failed].map(([slug, why]) => `${slug}: ${why}`)
  const kept = stale.length === 0 ? '' : ` Of ${stale.join(', ')} this backup has the last good copy.`
  const message = `The sources of some functions could not be read.${kept}`
  return [finding({ component, severity: 'degraded', kind: 'functions-unread', names: reasons, message })]
}

function goneFindings(gone: readonly string[]): Finding[] {
  if (gone.length === 0) return []
  const message = 'Some functions were deleted while the backup was made, and are not in it.'
  return [finding({ component, severity: 'note', kind: 'functions-deleted', names: gone, message })]
}
