import { Link } from '@tanstack/react-router'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import type { Project } from './overview-screen'

/** Runs under way, whoever started them. */
export function RunningNow({ projects }: { projects: Project[] }) {
  const running = projects.flatMap(({ id, name, running: run }) =>
    run === null ? [] : [{ id, name, ...run }],
  )
  if (running.length === 0) return null
  return (
    <section aria-labelledby="running" className="stack gap-2">
      <h2 id="running" className="font-semibold">
        Running now
      </h2>
      <ul className="divide-y rounded-lg border bg-surface">
        {running.map(({ id, name, runId, kind, phase, startedAt }) => (
          <li
            key={runId}
            className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-hover"
          >
            <Status look={lookOf('running')} />
            <Link
              to="/projects/$projectId/runs/$runId"
              params={{ projectId: id, runId }}
              className="font-medium after:absolute after:inset-0"
            >
              {name}
            </Link>
            <span className="text-muted">
              {kind}
              {phase !== null && ` · ${phase}`}
            </span>
            <span className="ml-auto text-muted">
              began <Ago time={startedAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
