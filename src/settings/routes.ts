import { z } from 'zod'
import { type HttpClient, jsonExchange } from '../http/client.ts'
import { projectPath } from '../management-api/project.ts'

/** The routes of one project of the Management API. */
export interface ProjectRoutes {
  /** @throws HttpError */
  read(route: string): Promise<unknown>
  /** Sends what may be sent twice. @throws HttpError */
  write(method: 'PATCH' | 'PUT' | 'POST' | 'DELETE', route: string, body?: unknown): Promise<void>
  /**
   * Makes something that a second request would make twice.
   * @param isThere asked before each attempt, as the answer to the one before may only have been lost
   */
  create(route: string, body: unknown, isThere: () => Promise<boolean>): Promise<void>
}

export function routesOf(client: HttpClient, ref: string): ProjectRoutes {
  // Some answer what is set now, some nothing at all.
  const send = async (...[method, route, body]: Parameters<ProjectRoutes['write']>): Promise<void> => {
    const path = projectPath(ref, route)
    const answer = await client.send(body === undefined ? { method, path } : jsonExchange(method, path, body))
    await answer.whole()
  }
  return {
    read: (route) => client.call({ method: 'GET', path: projectPath(ref, route) }, z.unknown()),
    write: (...asked) => client.retrying(() => send(...asked)),
    create: (route, body, isThere) =>
      client.retrying(async () => {
        if (!(await isThere())) await send('POST', route, body)
      }),
  }
}
