import { join } from 'node:path'
import { eventStream, type StreamWriter } from '../http/event-stream.ts'
import { readTail, type Tail } from '../ingest/tail-events.ts'
import type { RunEvent } from '../toolkit.ts'
import type { RestContext } from './route.ts'

/**
 * A run's events from its beginning on, or after the one that was seen last, then those to come, and at the end that it has ended.
 * @throws Problem NOT_FOUND
 */
export async function streamOfRun(
  { projectId, runId }: { projectId: string; runId: string },
  { app, isStillIn, lastEventId }: RestContext,
): Promise<Response> {
  await app.runs.get(projectId, runId)
  let seen = lastEventId
  const tell = (writer: StreamWriter, events: readonly RunEvent[]) => {
    const fresh = events.filter(({ run, seq }) => run === runId && seq > seen)
    seen = fresh.at(-1)?.seq ?? seen
    const texts = fresh.map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`)
    if (texts.length > 0) writer.send(texts.join(''))
  }
  const begin = (writer: StreamWriter) => {
    const waiting: RunEvent[] = []
    let hasRead = false
    const finish = async () => {
      const { state, summary } = await app.runs.get(projectId, runId)
      if (state === 'queued' || state === 'starting' || state === 'running' || state === 'cancelling') return
      writer.send(
        `event: ended\ndata: ${JSON.stringify({ runId, state, outcome: summary?.outcome ?? null })}\n\n`,
      )
      writer.end()
    }
    const unlisten = app.bus.listen((event) => {
      if (event.projectId !== projectId) return
      if (event.type === 'changed') void finish().catch(() => writer.end())
      else if (hasRead) tell(writer, event.events)
      else waiting.push(...event.events)
    })
    const directory = join(app.registry.get(projectId).stateDirectory, 'run')
    void (async () => {
      for await (const events of eventsSoFar(directory, runId)) tell(writer, events)
      hasRead = true
      tell(writer, waiting)
      await finish()
    })().catch(() => writer.end())
    return unlisten
  }
  return eventStream(begin, isStillIn)
}

async function* eventsSoFar(directory: string, runId: string): AsyncGenerator<RunEvent[]> {
  let tail: Tail | undefined
  for (;;) {
    const read = await readTail(directory, tail)
    if (read === undefined || read.tail.run.runId !== runId || read.tail.offset === tail?.offset) return
    tail = read.tail
    yield read.events
  }
}
