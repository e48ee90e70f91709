import type { ProjectState } from './project-state.ts'

/** A request to a route, taken apart. */
export interface Call {
  project: ProjectState
  /** Values of the route's path, e.g. `slug`. */
  params: Record<string, string>
  query: URLSearchParams
  /** The body as JSON; undefined where there is none. @throws ApiFault 400 where it is not JSON */
  json(): Promise<unknown>
  form(): Promise<FormData>
  accept: string
}

export interface Reply {
  status: number
  /** Sent as JSON; nothing is sent without one. */
  body?: unknown
  /** Sent as they are, in the body's place. */
  bytes?: { type: string; content: Buffer }
}

export type Handler = (call: Call) => Reply | Promise<Reply>

/** What the API answers with `{"message": …}`. */
export class ApiFault extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const ok = (body: unknown): Reply => ({ status: 200, body })
