import { BackupError, toBackupError } from '../common/errors.ts'
import { type ComponentResult, type Finding, finding, statusOf } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import { plural } from '../common/units.ts'
import type { BackupContext, ComponentBackup } from '../components/component.ts'
import { asApiErrors } from '../management-api/project.ts'
import { openOrigin } from '../project/project.ts'
import {
  entryOf,
  holdsValues,
  type PartEntry,
  readSettings,
  type SavedPart,
  type SavedSettings,
  writeSettings,
} from './files.ts'
import type { Part } from './part.ts'
import { type PartAnswer, readParts } from './read.ts'
import { openSource, type SettingsSource } from './source.ts'
import { stackPart } from './stack.ts'

const component = 'settings'

export interface CaptureOptions {
  source: SettingsSource
  generation: string
  /** The generation before, for the last good copy of what cannot be read now. */
  previous: string | undefined
  /** Names of parts that are left out. */
  leftOut: readonly string[]
  log: Log
}

/**
 * Writes the settings of a project into a generation. A route that fails takes only its own settings along: they stay as the
 * generation before has them, marked, and the backup is degraded by its name.
 * @throws BackupError where nothing at all can be read
 */
export async function captureSettings(options: CaptureOptions): Promise<ComponentResult> {
  const { source, generation, leftOut, log } = options
  const { ref, parts: allParts, routes, counts } = source
  const begun = performance.now()
  await source.requireReadable()
  const asked = allParts.filter(({ name }) => !leftOut.includes(name))
  const answers = await readParts(asked, routes)
  await requireAny(answers, ref)
  const before = await readBefore(options)
  const takenAt = new Date().toISOString()
  const parts = allParts.map((part) => {
    const answer = answers.find((candidate) => candidate.part === part)
    return savedOf(part, answer, before, takenAt)
  })
  await writeSettings(generation, { ref, parts })
  const findings = findingsOf(answers, parts, before)
  const settings = parts.reduce((sum, part) => sum + numberOf(part, allParts), 0)
  log.info(`${plural(settings, 'setting')} of ${plural(answers.length, 'route')}`)
  return {
    component,
    status: statusOf(findings),
    seconds: (performance.now() - begun) / 1000,
    counts: {
      settings,
      routes: answers.length,
      requests: counts.requests,
      retries: counts.retries,
    },
    findings,
  }
}

/** Backs up the settings of the project that the configuration is about. */
export async function backUpSettings(context: BackupContext): Promise<ComponentBackup> {
  const { config, generation, previous, log, signal } = context
  const onRetry = (error: Error) => log.warn(`${error.message}; trying again`)
  const source = openSource(openOrigin(config), { signal, onRetry })
  try {
    const leftOut = config.SETTINGS_SKIP ?? []
    const result = await captureSettings({ source, generation, previous, leftOut, log })
    return { result, snapshotAt: null }
  } finally {
    await source.close()
  }
}

/** Those that can be restored and are set: what nobody has set is no loss. */
function numberOf({ name, values }: SavedPart, parts: readonly Part[]): number {
  const returns = parts.some((part) => part.name === name && (part.writer || part.byHand))
  return returns ? Object.values(values).filter((value) => value !== null).length : 0
}

/** Nothing at all is no backup, whatever the reason: the last good copy stays as a whole. */
async function requireAny(answers: readonly PartAnswer[], ref: string): Promise<void> {
  const failed = answers.filter((answer) => answer.status === 'failed')
  const settled = answers.filter(({ status, part }) => status !== 'failed' && part.writer)
  const [first] = failed
  if (first === undefined || settled.length > 0) return
  await asApiErrors(ref, () => Promise.reject(first.error)).catch((error: unknown) => {
    throw error instanceof BackupError ? error : unreadable(first.reason, error)
  })
}

function unreadable(detail: string, cause: unknown): BackupError {
  return new BackupError({
    code: 'SETTINGS_UNREADABLE',
    message: 'The Management API told none of the project’s settings.',
    detail,
    suggestion: 'backup.sh --check asks for each of them, and says what stands in the way.',
    phase: 'settings/read',
    cause,
  })
}

async function readBefore({ previous, source, log }: CaptureOptions): Promise<SavedSettings | undefined> {
  if (previous === undefined) return undefined
  try {
    const saved = await readSettings(previous)
    return saved.ref === source.ref ? saved : undefined
  } catch (error) {
    log.debug(toBackupError(error, 'settings/read').message)
    return undefined
  }
}

function savedOf(
  { name }: Part,
  answer: PartAnswer | undefined,
  before: SavedSettings | undefined,
  takenAt: string,
): SavedPart {
  const bare = { name, takenAt: null, secrets: [], unknown: [], missing: [], values: {} }
  if (answer === undefined) return { ...bare, status: 'left-out' }
  if (answer.status === 'absent') return { ...bare, status: 'absent', takenAt }
  if (answer.status === 'read')
    return { ...entryOf(name, answer.state, takenAt), values: answer.state.values }
  const last = before?.parts.find((part) => part.name === name)
  return last && holdsValues(last.status) ? { ...last, status: 'stale' } : { ...bare, status: 'unread' }
}

function findingsOf(
  answers: readonly PartAnswer[],
  saved: readonly SavedPart[],
  before: SavedSettings | undefined,
): Finding[] {
  const entryOfPart = (name: string) => saved.find((part) => part.name === name)
  return [
    ...answers.flatMap((answer) =>
      answer.status === 'failed' ? [unreadFinding(answer, entryOfPart(answer.part.name))] : [],
    ),
    ...saved.flatMap((part) => driftFindings(part, before)),
    ...secretsFinding(saved),
  ]
}

/** What was only recorded for people is no loss to a restore. */
function unreadFinding(
  { part, reason }: PartAnswer & { status: 'failed' },
  entry: PartEntry | undefined,
): Finding {
  const copy =
    entry?.status === 'stale' ? `the copy of ${entry.takenAt} is kept` : 'the backup has nothing of it'
  return finding({
    component,
    severity: part.writer ? 'degraded' : 'note',
    kind: 'settings-unread',
    message: `The settings ${part.name} could not be read (${reason}): ${copy}. If the project’s plan has none, name it in SETTINGS_SKIP.`,
    names: [part.name],
  })
}

/** The API has changed: what is new is not in the backup, and what was known may be what it is called now. */
function driftFindings(
  { name, status, unknown, missing }: SavedPart,
  before: SavedSettings | undefined,
): Finding[] {
  if (status !== 'saved') return []
  const last = before?.parts.find((part) => part.name === name)?.values ?? {}
  const names = (fields: readonly string[]) => fields.map((field) => `${name}.${field}`)
  const found: Finding[] = []
  const lost = missing.length > 0 && (unknown.length > 0 || missing.some((field) => field in last))
  if (lost)
    found.push(
      finding({
        component,
        severity: 'degraded',
        kind: 'settings-missing',
        message: `The API no longer tells these settings of ${name}, or under other names: the backup does not have them. Upgrade the toolkit (git pull, then ./install.sh).`,
        names: names(missing),
      }),
    )
  if (unknown.length > 0)
    found.push(
      finding({
        component,
        severity: 'note',
        kind: 'settings-unknown',
        message: `These settings of ${name} are newer than this toolkit, and not in the backup. Upgrade the toolkit (git pull, then ./install.sh).`,
        names: names(unknown),
      }),
    )
  return found
}

function secretsFinding(saved: readonly SavedPart[]): Finding[] {
  const names = saved.flatMap(({ name, secrets }) => secrets.map((secret) => `${name}.${secret}`))
  if (names.length === 0) return []
  const ofStack = saved.some(({ name }) => name === stackPart.name)
  return [
    finding({
      component,
      severity: 'note',
      kind: 'settings-secrets-left-out',
      message: `These settings are secrets${ofStack ? " of the stack's .env, or variables of your own there that may be some" : ', which the API does not give out'}: they are not in the backup. Keep them where you keep other secrets; RECOVERY.md lists them.`,
      names,
    }),
  ]
}
