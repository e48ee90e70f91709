import type { App } from '../app.ts'
import { refusalOf } from '../auth/access.ts'
import type { Principal } from '../auth/principal.ts'
import type { Origin } from '../auth/sessions.ts'
import { Problem } from '../problem.ts'

/** `/api/downloads/PROJECT/RUN`, with `?file=PATH` for one file of an export, else all of it as tar. */
const pattern = /^\/api\/downloads\/([^/]+)\/([0-9a-f-]{36})$/

/** Sends what an export has written, as a file to be saved: a browser never shows it. */
export async function download(
  app: App,
  url: URL,
  principal: Principal | undefined,
  origin: Origin,
): Promise<Response> {
  const [, id = '', runId = ''] = pattern.exec(url.pathname) ?? []
  const projectId = decoded(id)
  const refusal = refusalOf('operator', principal, 'project')
  const note = (outcome: 'done' | 'denied') => {
    const details = { runId, file: url.searchParams.get('file') }
    app.audit.add({
      by: principal,
      address: origin.address,
      action: 'download',
      subject: projectId,
      outcome,
      details,
    })
  }
  if (refusal !== undefined) {
    if (refusal.status === 403) note('denied')
    return said(refusal)
  }
  // Of a project that is not for the caller the answer is that of one that is not there.
  if (!app.labels.sees(principal, projectId)) {
    note('denied')
    return said(gone)
  }
  try {
    const sent = await sendExport(app, { projectId, runId }, url.searchParams.get('file') ?? undefined)
    note('done')
    return sent
  } catch (error) {
    if (error instanceof Problem) return said(error.status === 404 ? gone : error)
    throw error
  }
}

/**
 * What an export has written, or one file of it.
 * @throws Problem NOT_FOUND, where there is no such run of the project; EXPORT_GONE
 */
export async function sendExport(
  app: App,
  { projectId, runId }: { projectId: string; runId: string },
  file: string | undefined,
): Promise<Response> {
  // Whose export it is decides who may have it.
  const { options } = await app.runs.answer(projectId, runId)
  if (options?.kind !== 'export') throw gone
  const { name, bytes, body } = await app.exports.read(runId, file).catch(asGone)
  return new Response(body, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${plainName(name)}"; filename*=UTF-8''${encodeURIComponent(name)}`,
      'cache-control': 'no-store',
      ...(bytes !== null && { 'content-length': String(bytes) }),
    },
  })
}

function asGone(error: unknown): never {
  throw error instanceof Problem && error.status === 404 ? gone : error
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** For browsers that know no other: no character of it has a meaning in a header. */
function plainName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '_')
}

const gone = new Problem({
  status: 404,
  code: 'EXPORT_GONE',
  message: 'There is no such export any more.',
  suggestion: 'Exports are kept for an hour: have it made again.',
})

function said({ status, message, suggestion }: Problem): Response {
  return new Response(`${message} ${suggestion}\n`, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })
}
