import { signInLimits } from './auth/limits.ts'
import { sessionStore } from './auth/sessions.ts'
import { keyFileOf } from './crypto/key-file.ts'
import { openSealer } from './crypto/seal.ts'
import { keyIdsInUse } from './crypto/sealed-fields.ts'
import { openDatabase } from './db/open.ts'
import { watchOf } from './ingest/watch.ts'
import { queueOf } from './runner/queue.ts'
import { localRunner } from './runner/runner.ts'
import { aboutOf } from './services/about.ts'
import { openAlerting } from './services/alerts/open-alerting.ts'
import { analyticsOf } from './services/analytics/analytics.ts'
import { archivesOf } from './services/archives.ts'
import { auditOf } from './services/audit.ts'
import { auditSearchOf } from './services/audit-search.ts'
import { createBus } from './services/bus.ts'
import { credentialsOf } from './services/credentials.ts'
import { draftsOf } from './services/drafts.ts'
import { errorPages } from './services/error-pages.ts'
import { exportsIn } from './services/exports.ts'
import { firstRunOf } from './services/first-run.ts'
import { healthOf } from './services/health.ts'
import { keysOf } from './services/keys.ts'
import { labelsOf } from './services/labels.ts'
import { machineOf, placesOf } from './services/machine.ts'
import { ownBackupOf } from './services/own-backup.ts'
import { passwordLinksOf } from './services/password-links.ts'
import { peopleOf } from './services/people.ts'
import { projectEditorOf } from './services/project/edit.ts'
import { projectManagerOf } from './services/project/manage.ts'
import { projectTransferOf } from './services/project/transfer.ts'
import { projectsOf } from './services/projects.ts'
import { registryOf } from './services/registry.ts'
import { removedOf } from './services/removed.ts'
import { runsOf } from './services/runs.ts'
import { scheduledExportsOf } from './services/schedules/scheduled-exports.ts'
import { schedulerOf } from './services/schedules/scheduler.ts'
import { schedulesOf } from './services/schedules/schedules.ts'
import { timersOf } from './services/schedules/timers.ts'
import { settingsOf } from './services/settings.ts'
import { signInOf } from './services/sign-in.ts'
import { tickerOf } from './services/ticker.ts'
import { tokensOf } from './services/tokens.ts'
import { usersOf } from './services/users.ts'
import { surroundingsOf } from './surroundings.ts'
import { configurationDirectories, type Environment } from './toolkit.ts'

/** How often it is looked what is due: a schedule has minutes. */
const tickMs = 10_000
/** How long a receiver of an alert is waited for. */
const alertTimeoutMs = 15_000

export type App = ReturnType<typeof openApp>

/** Everything that works behind the screens, in one place. It does nothing by itself until `watch.start()` and `begin()`. */
export function openApp(options: {
  directory: string
  environment: Environment
  /** Whether systemd runs the machine; it is looked at where it is not said. */
  hasSystemd?: (() => boolean) | undefined
  /** Where people reach it, for links in alerts; without it there are none. */
  publicUrl?: string | undefined
  /** What alerts go through on their way out, see services/alerts/tunnel.ts. */
  alertsProxy?: URL | undefined
}) {
  const database = openDatabase(options.directory)
  const keyFile = keyFileOf(options.directory, options.environment['CREDENTIALS_DIRECTORY'])
  // Where something is sealed, its key was there: another one would only hide that it is gone.
  const sealer = openSealer(keyFile, () => keyIdsInUse(database).size === 0)
  const keys = keysOf({ database, file: keyFile, sealer })
  const environment = surroundingsOf(options.environment)
  const audit = auditOf(database)
  const settings = settingsOf(database)
  const ownBackup = ownBackupOf({ database, directory: options.directory, keyFile, settings })
  const people = peopleOf(database)
  const sessions = sessionStore(database)
  const limits = signInLimits(database)
  const labels = labelsOf(database)
  const bus = createBus()
  const removed = removedOf(database)
  const registry = registryOf(database, environment, removed)
  const credentials = credentialsOf({
    ...{ database, sealer, environment: options.environment, directory: options.directory, removed },
    changed(projectId) {
      registry.get(projectId).seen.envFile = 'never'
      look(projectId)
    },
  })
  const watch = watchOf({
    ...{ database, registry, bus, environment },
    environmentOf: credentials.environmentOf,
  })
  const look = (projectId: string) => {
    // One that was taken out meanwhile needs no look.
    const project = registry.all().find(({ id }) => id === projectId)
    if (project) void watch.refresh(project).catch(() => {})
  }
  const archives = archivesOf({ database, registry, changesFor: credentials.changesFor })
  const exports = exportsIn(options.directory)
  void exports.sweep(true)
  const kept = [options.directory, ...configurationDirectories(environment)]
  const scheduledExports = scheduledExportsOf({
    ...{ database, settings },
    kept: () => [...kept, ...registry.all().flatMap((project) => placesOf(project).map(({ path }) => path))],
  })
  const runner = localRunner({
    ...{ database, changesFor: credentials.changesFor, exports, scheduledExports },
    ended(projectId, runId) {
      archives.forgetList(projectId)
      bus.tell({ type: 'changed', projectId, runIds: [runId] })
      look(projectId)
    },
  })
  const editor = projectEditorOf({
    environment: options.environment,
    surroundings: environment,
    credentials,
    kept,
  })
  const manager = projectManagerOf({
    ...{ database, registry, removed, watch, labels, editor, credentials },
    surroundings: environment,
  })
  const queue = queueOf({
    ...{ database, registry, runner },
    mostAtOnce: () => settings.get().mostRunsAtOnce,
    changed: (projectId, runId) => bus.tell({ type: 'changed', projectId, runIds: [runId] }),
  })
  const runs = runsOf({ database, registry, runner, queue, exports, lookAt: look })
  bus.listen((event) => {
    if (event.type !== 'changed') return
    runs.forgetEnded(event.projectId)
    // Not from within itself: what it begins is told of too.
    queueMicrotask(() => queue.pump())
  })
  const scheduler = schedulerOf({ database, registry, queue })
  const timers = timersOf({ environment, registry, hasSystemd: options.hasSystemd })
  const schedules = schedulesOf({ database, registry, scheduler, timers, exports: scheduledExports })
  const alerts = openAlerting({
    ...{ database, sealer, registry, labels, directory: options.directory, publicUrl: options.publicUrl },
    limits: () => ({
      ...{ mayGoInside: settings.get().alertsMayGoInside, timeoutMs: alertTimeoutMs },
      proxy: options.alertsProxy,
    }),
    // Not from within what changes it.
    changed: (projectId) => queueMicrotask(() => bus.tell({ type: 'changed', projectId, runIds: [] })),
  })
  // A receiver that does not answer holds up nothing but alerts.
  const tickers = [tickerOf(() => scheduler.tick(), tickMs), tickerOf(() => alerts.tick(), tickMs)]
  return {
    database,
    sealer,
    keys,
    ownBackup,
    machine: machineOf({ directory: options.directory, registry, environment }),
    directory: options.directory,
    about: aboutOf(),
    credentials,
    settings,
    audit,
    people,
    labels,
    sessions,
    limits,
    bus,
    registry,
    removed,
    watch,
    queue,
    runs,
    scheduler,
    schedules,
    alerts,
    exports,
    scheduledExports,
    archives,
    drafts: draftsOf({ database, registry }),
    projects: projectsOf({ database, registry, watch, labels, environment }),
    health: healthOf({ database, registry, changesFor: credentials.changesFor }),
    manager,
    editor,
    transfer: projectTransferOf({ registry, editor, manager }),
    analytics: analyticsOf({ database, registry, labels }),
    tokens: tokensOf(database),
    users: usersOf({ database, people, sessionStore: sessions }),
    passwordLinks: passwordLinksOf(database, people),
    auditSearch: auditSearchOf(database),
    firstRun: firstRunOf(database, people),
    errorPages: errorPages(),
    signIn: signInOf({ people, sessions, limits, sealer, audit }),
    /** From now on it works by itself: what waits begins, and what is due is asked for. Every project was looked at before. */
    begin(): void {
      queue.open()
      alerts.deliveries.recover()
      for (const ticker of tickers) ticker.start()
    },
    async close(): Promise<void> {
      queue.close()
      alerts.deliveries.close()
      await Promise.all(tickers.map((ticker) => ticker.stop()))
      await watch.stop()
      database.$client.close()
    },
  }
}
