import { applyEvent } from '~/shared/live-run'
import type { ServerEvent } from '~/shared/server-event'
import type { Client } from './client'

/**
 * Listens to what the server says has changed, and keeps the answers that are shown up to date. All tabs share one stream, as a
 * browser allows six connections to a server: the tab that holds the lock reads it and tells the others.
 * @returns ends it
 */
export function followEvents(client: Client): () => void {
  const channel = new BroadcastChannel('dashboard-events')
  const end = new AbortController()
  channel.onmessage = ({ data }: MessageEvent<ServerEvent>) => take(client, data)
  const lead = () =>
    readStream(end.signal, (event) => {
      take(client, event)
      channel.postMessage(event)
    })
  if ('locks' in navigator)
    navigator.locks.request('dashboard-events', { signal: end.signal }, lead).catch(() => {})
  else void lead()
  return () => {
    end.abort()
    channel.close()
  }
}

function readStream(signal: AbortSignal, tell: (event: ServerEvent) => void): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource('/api/events')
    source.onmessage = ({ data }) => tell(JSON.parse(data))
    signal.addEventListener('abort', () => {
      source.close()
      resolve()
    })
  })
}

function take({ queryClient, trpc }: Client, event: ServerEvent): void {
  const { projectId } = event
  if (event.type === 'changed') {
    void queryClient.invalidateQueries({ queryKey: trpc.projects.list.queryKey() })
    void queryClient.invalidateQueries({ queryKey: trpc.projects.get.queryKey({ projectId }) })
    void queryClient.invalidateQueries({ queryKey: trpc.runs.queue.queryKey() })
    void queryClient.invalidateQueries({ queryKey: trpc.alerts.pathKey() })
    void queryClient.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, projectId) })
    return
  }
  const key = trpc.runs.get.queryKey({ projectId, runId: event.runId })
  const known = queryClient.getQueryData(key)
  if (known === undefined) return
  // The answer that is shown is from before the run began.
  if (known.live === null) void queryClient.invalidateQueries({ queryKey: key })
  else queryClient.setQueryData(key, { ...known, live: event.events.reduce(applyEvent, known.live) })
}

/** Whether a call was made for this project's runs. */
function isAbout(queryKey: readonly unknown[], projectId: string): boolean {
  const [path, options] = queryKey
  if (!Array.isArray(path) || path[0] !== 'runs') return false
  return JSON.stringify(options ?? {}).includes(JSON.stringify(projectId))
}
