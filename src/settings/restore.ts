import { type ComponentResult, type Finding, finding, statusOf } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import { plural } from '../common/units.ts'
import { applyChanges, type Refusal } from './apply.ts'
import type { SettingChange } from './changes.ts'
import { checklist } from './checklist.ts'
import type { SavedSettings } from './files.ts'
import type { Part, PartState, PartWriter } from './part.ts'
import { needsRestart, parts } from './parts.ts'
import { planRestore, type SettingsPlan, type TargetSettings } from './plan.ts'
import { type PartAnswer, readParts, stateOf } from './read.ts'
import type { ProjectRoutes } from './routes.ts'

const component = 'settings'

/** A restore of settings into one target. */
export interface SettingsRestore {
  saved: SavedSettings
  routes: ProjectRoutes
  isChosen(setting: string): boolean
  /** The target is the project that the backup is of. */
  isOriginal: boolean
  /** A target that nobody goes on to use: nothing is said of what would have to be done there by hand. */
  disposable: boolean
  log: Log
}

/** What a target has now, of the parts that a restore can write, and what there is to be changed. */
export interface LookedAt {
  target: TargetSettings
  plan: SettingsPlan
  unread: (PartAnswer & { status: 'failed' })[]
}

/** Compares the target with the backup. @param some which parts; all by default */
export async function lookAt(
  { saved, routes, isChosen }: SettingsRestore,
  some: readonly Part[] = parts,
): Promise<LookedAt> {
  const concerned = some.filter(
    ({ name, writer }) =>
      writer && saved.parts.some((part) => part.name === name && isAnyChosen(part, isChosen)),
  )
  const answers = await readParts(concerned, routes)
  const target = new Map<string, PartState>()
  for (const answer of answers) {
    const state = stateOf(answer)
    if (state) target.set(answer.part.name, state)
  }
  const unread = answers.filter((answer) => answer.status === 'failed')
  return { target, unread, plan: planRestore(saved, target, isChosen, concerned) }
}

function isAnyChosen(
  { name, values }: SavedSettings['parts'][number],
  isChosen: SettingsRestore['isChosen'],
) {
  return isChosen(name) || Object.keys(values).some((field) => isChosen(`${name}.${field}`))
}

/** What a restore has written, and what it could not. */
export interface Restored {
  result: ComponentResult
  /** Settings that are not as the backup has them, and are named in the findings. */
  excused: string[]
}

/** Makes the target's settings those of the backup, but for what may cut off the way to it: see `cutOff`. */
export async function restoreSettings(restore: SettingsRestore): Promise<Restored> {
  const begun = performance.now()
  const some = parts.filter((part) => !part.cutsOff)
  const looked = await lookAt(restore, some)
  const { refused, changed } = await write(restore, looked)
  const findings = [
    ...planFindings(looked, refused),
    ...restartFinding(changed),
    ...(restore.disposable ? [] : checklist({ ...restore, target: looked.target })),
  ]
  return {
    result: {
      component,
      status: statusOf(findings),
      seconds: (performance.now() - begun) / 1000,
      counts: { settingsChanged: changed.length },
      findings,
    },
    excused: excusedBy(looked, refused),
  }
}

/**
 * Network restrictions and SSL enforcement, after which this machine may no longer reach the target: so when nothing is left to be
 * done there.
 */
export async function cutOff(restore: SettingsRestore): Promise<{ findings: Finding[]; excused: string[] }> {
  const looked = await lookAt(
    restore,
    parts.filter((part) => part.cutsOff),
  )
  const { refused } = await write(restore, looked)
  return { findings: planFindings(looked, refused), excused: excusedBy(looked, refused) }
}

async function write(
  { routes, log }: SettingsRestore,
  { plan, target }: LookedAt,
): Promise<{ refused: Refusal[]; changed: string[] }> {
  const refused: Refusal[] = []
  const changed: string[] = []
  for (const { part, changes } of plan.writes) {
    if (!hasWriter(part)) continue
    const current = target.get(part.name)?.values ?? {}
    const refusals = await applyChanges({ part, changes, current, routes })
    const isRefused = ({ setting }: SettingChange) => refusals.some((refusal) => refusal.setting === setting)
    const set = changes.filter((change) => !isRefused(change))
    log.info(`set ${plural(set.length, 'setting')} of ${part.name}`)
    refused.push(...refusals)
    changed.push(...set.map(({ setting }) => setting))
  }
  return { refused, changed }
}

function hasWriter(part: Part): part is Part & { writer: PartWriter } {
  return part.writer !== undefined
}

function excusedBy({ plan, unread }: LookedAt, refused: readonly Refusal[]): string[] {
  return [
    ...refused.map(({ setting }) => setting),
    ...plan.held.map(({ change }) => change.setting),
    ...plan.stuck.map(({ setting }) => setting),
    ...unread.map(({ part }) => part.name),
  ]
}

/** What of the plan does not come about. */
export function planFindings({ plan, unread }: LookedAt, refused: readonly Refusal[]): Finding[] {
  const found = (
    severity: Finding['severity'],
    kind: string,
    names: readonly string[],
    message: string,
  ): Finding[] => (names.length === 0 ? [] : [finding({ component, severity, kind, message, names })])
  return [
    ...unread.flatMap(({ part, reason }) =>
      found(
        'degraded',
        'settings-target-unread',
        [part.name],
        `The target’s settings ${part.name} could not be read, and stay as they are: ${reason}.`,
      ),
    ),
    ...refused.flatMap(({ setting, reason }) =>
      found(
        'degraded',
        'settings-refused',
        [setting],
        `The API did not take this setting, which stays as it is at the target: ${reason}.`,
      ),
    ),
    ...found(
      'manual',
      'settings-need-secret',
      plan.held.map(({ change, secret }) => `${change.setting} (${secret})`),
      'These settings stay as they are at the target, as they do not work without a secret that it does not have. Set the secret (Supabase dashboard), then run restore.sh --only settings again.',
    ),
    ...found(
      'note',
      'settings-unknown-then',
      plan.unknown,
      'These settings of the target stay as they are: the backup has nothing of them, as the API did not tell them then, or by other names.',
    ),
    ...found(
      'manual',
      'settings-not-unset',
      plan.stuck.map(({ setting }) => setting),
      'These settings are set at the target and were not in the backup’s project; the API has no way to take them back.',
    ),
  ]
}

function restartFinding(changed: readonly string[]): Finding[] {
  const names = changed.filter(needsRestart)
  if (names.length === 0) return []
  return [
    finding({
      component,
      severity: 'manual',
      kind: 'settings-restart',
      message:
        'PostgreSQL takes these settings up when it starts: restart the target’s database (Supabase dashboard, Project Settings, General).',
      names,
    }),
  ]
}
