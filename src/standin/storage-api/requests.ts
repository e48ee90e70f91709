import type { RouteName } from './routes.ts'

/** One request as it was served. */
interface ServedRequest {
  method: string
  /** Undefined: no such route. */
  route: RouteName | undefined
  bucket: string
  key: string
  /** The HTTP status; 0 when the connection was cut before one was sent. */
  status: number
  /** Bytes of the body handed to the connection. */
  sent: number
}

/** What has been asked of the server, so that tests can count requests. */
export interface RequestLog {
  /** The latest requests, oldest first. */
  readonly entries: readonly ServedRequest[]
  /** Requests since the start or the last `clear`, of one kind or of all. */
  count(route?: RouteName): number
  /** The most requests that were under way at once. */
  readonly mostAtOnce: number
  clear(): void
}

const kept = 10_000

export interface RequestRecorder extends RequestLog {
  begin(): void
  end(request: ServedRequest): void
}

export function recordRequests(): RequestRecorder {
  const entries: ServedRequest[] = []
  const counts = new Map<RouteName | undefined, number>()
  let underWay = 0
  let mostAtOnce = 0
  return {
    entries,
    get mostAtOnce() {
      return mostAtOnce
    },
    count(route) {
      if (route !== undefined) return counts.get(route) ?? 0
      return [...counts.values()].reduce((sum, count) => sum + count, 0)
    },
    clear() {
      entries.length = 0
      counts.clear()
      mostAtOnce = underWay
    },
    begin() {
      underWay += 1
      mostAtOnce = Math.max(mostAtOnce, underWay)
    },
    end(request) {
      underWay -= 1
      counts.set(request.route, (counts.get(request.route) ?? 0) + 1)
      entries.push(request)
      if (entries.length > kept) entries.shift()
    },
  }
}
