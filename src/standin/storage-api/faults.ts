import { errors, type StorageError } from './errors.ts'
import { json, type Reply } from './exchange.ts'
import type { RouteName } from './routes.ts'

/** What goes wrong with a request. */
export type Fault =
  /** This answer instead of the work. */
  | { kind: 'answer'; reply: Reply }
  /** The work, later. */
  | { kind: 'delay'; milliseconds: number }
  /** The connection ends without an answer: before the work, or after it (the caller cannot know which). */
  | { kind: 'reset'; when: 'before' | 'after' }
  /** The connection ends after so many bytes of the request's body. */
  | { kind: 'interrupt'; bytes: number }
  /** The connection ends after so many bytes of the answer's body. */
  | { kind: 'cut'; bytes: number }
  /** The answer's body has the right length, and one wrong byte at the offset (default 0). */
  | { kind: 'corrupt'; offset?: number }
  /** Another Content-Length than the body's, or none. */
  | { kind: 'length'; contentLength: number | null }
  /** The body in pieces of so many bytes with a pause (milliseconds) before each. */
  | { kind: 'trickle'; bytes: number; pause: number }

interface FaultRule {
  /** Which requests: all conditions must hold; none means every request. */
  match?: {
    method?: string
    route?: RouteName
    bucket?: string
    key?: string | RegExp
  }
  /** How many matching requests to let pass first (default 0). */
  after?: number
  /** How many it then strikes (default: every one). */
  times?: number
  fault: Fault
}

interface PlantedFault {
  /** Requests struck so far. */
  readonly struck: number
}

/** The faults tests plant. Several may strike one request, in the order they were added. */
export interface Faults {
  add(rule: FaultRule): PlantedFault
  clear(): void
}

interface Target {
  method: string
  route: RouteName | undefined
  bucket: string
  key: string
}

export interface FaultPlan extends Faults {
  /** The faults that strike this request; counts it. */
  strike(target: Target): Fault[]
}

export function planFaults(): FaultPlan {
  const planted = new Set<{ rule: FaultRule; seen: number; struck: number }>()
  return {
    add(rule) {
      const fault = { rule, seen: 0, struck: 0 }
      planted.add(fault)
      return fault
    },
    clear: () => planted.clear(),
    strike(target) {
      const striking: Fault[] = []
      for (const fault of planted) {
        const { rule } = fault
        if (!isMatch(rule, target)) continue
        fault.seen += 1
        if (fault.seen <= (rule.after ?? 0) || fault.struck >= (rule.times ?? Number.POSITIVE_INFINITY))
          continue
        fault.struck += 1
        striking.push(rule.fault)
      }
      return striking
    },
  }
}

function isMatch({ match = {} }: FaultRule, target: Target): boolean {
  const { method, route, bucket, key } = match
  return (
    (method === undefined || method === target.method) &&
    (route === undefined || route === target.route) &&
    (bucket === undefined || bucket === target.bucket) &&
    (key === undefined || (typeof key === 'string' ? key === target.key : key.test(target.key)))
  )
}

function answer(error: StorageError, headers: Record<string, string> = {}): Fault {
  return { kind: 'answer', reply: json(error, error.httpStatus, headers) }
}

/** Ready-made faults with the service's own answers. */
export const breakdowns = {
  /** 429; `retryAfter` in seconds is a gateway's courtesy, the service itself sends none. */
  slowDown: (retryAfter?: number) =>
    answer(errors.slowDown(), retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  databaseTimeout: () => answer(errors.databaseTimeout()),
  internal: () => answer(errors.internal()),
  expiredToken: () => answer(errors.accessDenied('"exp" claim timestamp check failed')),
  noSuchKey: () => answer(errors.noSuchKey()),
  /** What a gateway in front of the service says: any status, no envelope. */
  gateway: (status: number, text = ''): Fault => ({
    kind: 'answer',
    reply: {
      status,
      headers: { 'content-type': 'text/plain', 'content-length': String(Buffer.byteLength(text)) },
      body: text,
    },
  }),
}
