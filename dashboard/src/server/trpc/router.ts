import { accountRouter } from './account.ts'
import { alertsRouter } from './alerts.ts'
import { analyticsRouter } from './analytics.ts'
import { archivesRouter } from './archives.ts'
import { auditRouter } from './audit.ts'
import { createCaller, router } from './base.ts'
import { credentialsRouter } from './credentials.ts'
import { draftsRouter } from './drafts.ts'
import { healthRouter } from './health.ts'
import { helpRouter } from './help.ts'
import { projectsRouter } from './projects.ts'
import { runsRouter } from './runs.ts'
import { schedulesRouter } from './schedules.ts'
import { sessionRouter } from './session.ts'
import { settingsRouter } from './settings.ts'
import { tokensRouter } from './tokens.ts'
import { usersRouter } from './users.ts'

/** Every call that the screens make. */
export const appRouter = router({
  session: sessionRouter,
  help: helpRouter,
  account: accountRouter,
  projects: projectsRouter,
  health: healthRouter,
  runs: runsRouter,
  alerts: alertsRouter,
  analytics: analyticsRouter,
  credentials: credentialsRouter,
  settings: settingsRouter,
  schedules: schedulesRouter,
  users: usersRouter,
  tokens: tokensRouter,
  audit: auditRouter,
  archives: archivesRouter,
  drafts: draftsRouter,
})
export type AppRouter = typeof appRouter

export const callerFor = createCaller(appRouter)
