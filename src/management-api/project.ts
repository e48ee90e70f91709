import { z } from 'zod'
import { BackupError, ExitCode } from '../common/errors.ts'
import type { HttpClient } from '../http/client.ts'
import { HttpError } from '../http/error.ts'

const phase = 'management-api/project'

const projectSchema = z.object({ ref: z.string(), name: z.string(), region: z.string(), status: z.string() })
export type Project = z.infer<typeof projectSchema>

/** What a project is doing while it may not be asked for anything. */
const onItsWay = ['COMING_UP', 'RESTORING', 'RESTARTING', 'UPGRADING', 'RESIZING', 'UNKNOWN']
const paused = ['INACTIVE', 'PAUSING', 'PAUSE_FAILED']

/** The path of a project's routes. */
export function projectPath(ref: string, route = ''): string {
  return `/v1/projects/${encodeURIComponent(ref)}${route}`
}

/**
 * The project, which is awake.
 * @throws BackupError PROJECT_PAUSED, PROJECT_NOT_READY, PROJECT_NOT_FOUND, API_TOKEN_REFUSED
 */
export async function requireAwake(client: HttpClient, ref: string): Promise<Project> {
  const project = await asApiErrors(ref, () =>
    client.call({ method: 'GET', path: projectPath(ref) }, projectSchema),
  )
  if (project.status === 'ACTIVE_HEALTHY' || project.status === 'ACTIVE_UNHEALTHY') return project
  const name = `${project.name} (${ref})`
  if (paused.includes(project.status))
    throw new BackupError({
      code: 'PROJECT_PAUSED',
      message: `The project ${name} is paused: nothing of it can be read.`,
      detail: project.status,
      suggestion: `Restore it on its page of the Supabase dashboard, https://supabase.com/dashboard/project/${ref}, then run again.`,
      phase,
    })
  throw new BackupError({
    code: 'PROJECT_NOT_READY',
    message: `The project ${name} is ${project.status.toLowerCase().replaceAll('_', ' ')}.`,
    detail: project.status,
    suggestion: onItsWay.includes(project.status)
      ? 'Run again when it is up; see its page of the Supabase dashboard.'
      : `See https://supabase.com/dashboard/project/${ref}.`,
    phase,
  })
}

/**
 * Asks the API something about a project; what goes wrong is told as an error that says what to do about it.
 * @param privilege what a scoped token needs for it, e.g. `edge_functions_read`
 */
export async function asApiErrors<Result>(
  ref: string,
  ask: () => Promise<Result>,
  privilege?: string,
): Promise<Result> {
  try {
    return await ask()
  } catch (error) {
    throw toApiError(error, ref, privilege)
  }
}

/** What an operator can do about an answer of the API; anything else that was thrown stays as it is. */
function toApiError(error: unknown, ref: string, privilege: string | undefined): unknown {
  if (!(error instanceof HttpError)) return error
  const fields = { detail: error.message, phase, cause: error }
  if (error.status === 401)
    return new BackupError({
      code: 'API_TOKEN_REFUSED',
      message: 'The Management API refused the access token.',
      suggestion:
        'Make a new one at https://supabase.com/dashboard/account/tokens and set SUPABASE_ACCESS_TOKEN.',
      exitCode: ExitCode.configuration,
      ...fields,
    })
  if (error.status === 403)
    return new BackupError({
      code: 'API_TOKEN_TOO_WEAK',
      message: `The access token may not do this to the project ${ref}${privilege === undefined ? '' : `: it needs ${privilege}`}.`,
      suggestion:
        'Use a token of an account that owns or administers the project, with the rights that docs/how-to/set-up.md lists.',
      exitCode: ExitCode.configuration,
      ...fields,
    })
  if (error.kind === 'missing')
    return new BackupError({
      code: 'PROJECT_NOT_FOUND',
      message: `The Management API knows no project ${ref}, or the token's account does not.`,
      suggestion: 'Compare SUPABASE_PROJECT_REF with the address of the project in the Supabase dashboard.',
      exitCode: ExitCode.configuration,
      ...fields,
    })
  if (!error.retryable)
    return new BackupError({
      code: 'API_REFUSED',
      message: 'The Management API did not do what it was asked, or answered in a way that is not known.',
      suggestion: 'See what it says; where a newer version of the toolkit exists, upgrade, then run again.',
      ...fields,
    })
  return new BackupError({
    code: 'API_UNREACHABLE',
    message: 'The Management API did not answer, or not in time.',
    suggestion: 'See https://status.supabase.com, then run again.',
    ...fields,
  })
}
