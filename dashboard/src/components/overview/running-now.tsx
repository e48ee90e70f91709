import { useQuery } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { kindWord } from '~/client/kind-words'
import { Bar } from '../run/live'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import type { Project } from './project'

/** Runs under way, whoever started them. */
export function RunningNow({ projects }: { projects: Project[] }) {
  const running = projects.flatMap(({ id, name, running: run }) =>
    run === null ? [] : [{ projectId: id, name, ...run }],
  )
  if (running.length === 0) return null
  return (
    <section aria-labelledby="running" className="stack gap-2">
      <h2 id="running" className="font-semibold">
        Running now
      </h2>
      <ul className="divide-y rounded-lg border bg-surface">
        {running.map((run) => (
          <Running key={run.runId} run={run} />
        ))}
      </ul>
    </section>
  )
}

type RunningRun = NonNullable<Project['running']> & { projectId: string; name: string }

/** One of them, with how far it is: the stream of events goes on in the same answer that its own screen shows. */
function Running({ run }: { run: RunningRun }) {
  const { projectId, name, runId, kind, phase, startedAt } = run
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data } = useQuery(trpc.runs.get.queryOptions({ projectId, runId }))
  const bars = Object.values(data?.live?.progress ?? {})
  return (
    <li className="relative grid gap-1.5 px-4 py-2.5 hover:bg-hover">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <Status look={lookOf('running')} />
        <Link
          to="/projects/$projectId/runs/$runId"
          params={{ projectId, runId }}
          className="font-medium after:absolute after:inset-0"
        >
          {name}
        </Link>
        <span className="text-muted">
          {kindWord(kind)}
          {phase !== null && ` · ${phase}`}
        </span>
        <span className="ml-auto text-muted">
          began <Ago time={startedAt} />
        </span>
      </div>
      {bars.map((bar) => (
        <Bar key={`${bar.phase} ${bar.component} ${bar.label}`} bar={bar} />
      ))}
    </li>
  )
}
