import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { plural } from '~/client/units'
import { Problems } from '../project/problems'
import { Status, safetyLooks, softTones } from '../status'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { cn } from '../ui/cn'
import type { Project } from './project'

const mostShown = 8
/** More of them are a line each: what to type stands on the screen of each. */
const mostInFull = 3

/** What needs somebody now, the worst first. */
export function Needy({ projects, onAll }: { projects: Project[]; onAll: () => void }) {
  const shown = projects.slice(0, mostShown)
  return (
    <section aria-labelledby="needy" className="stack gap-2">
      <h2 id="needy" className="font-semibold">
        Needs somebody now
      </h2>
      {projects.length <= mostInFull ? (
        <ul className="stack gap-2">
          {shown.map((project) => (
            <InFull key={project.id} project={project} />
          ))}
        </ul>
      ) : (
        <Card>
          <ul className="divide-y">
            {shown.map((project) => (
              <InALine key={project.id} project={project} />
            ))}
          </ul>
        </Card>
      )}
      {projects.length > mostShown && (
        <Button variant="ghost" className="justify-self-start" onClick={onAll}>
          {plural(projects.length - mostShown, 'more project')}
        </Button>
      )}
    </section>
  )
}

const incomplete = 'The last backup is not complete; its report says what is missing.'

function InFull({ project }: { project: Project }) {
  const { id, name, safety, problems } = project
  const look = safetyLooks[safety]
  return (
    <li className={cn('stack gap-2 rounded-lg border p-3', softTones[look.tone])}>
      <div className="flex flex-wrap items-center gap-x-3">
        <Link
          to="/projects/$projectId"
          params={{ projectId: id }}
          className="flex min-w-0 items-center gap-0.5 font-semibold hover:underline"
        >
          <span className="truncate">{name}</span>
          <ChevronRight aria-hidden className="size-4 shrink-0" />
        </Link>
        <Status look={look} />
      </div>
      {problems.length > 0 ? <Problems problems={problems} /> : <p>{incomplete}</p>}
    </li>
  )
}

function InALine({ project }: { project: Project }) {
  const { id, name, safety, problems } = project
  const [first, ...more] = problems
  return (
    <li className="relative grid gap-x-4 gap-y-0.5 grid-cols-[minmax(0,1fr)_auto] px-4 py-2.5 hover:bg-hover has-focus-visible:bg-hover md:grid-cols-[minmax(0,13rem)_10.5rem_minmax(0,1fr)]">
      <Link
        to="/projects/$projectId"
        params={{ projectId: id }}
        className="truncate font-medium after:absolute after:inset-0"
      >
        {name}
      </Link>
      <Status look={safetyLooks[safety]} />
      <p className="line-clamp-2 min-w-0 [overflow-wrap:anywhere] max-md:col-span-2 md:line-clamp-1">
        {first?.message ?? incomplete}
        {more.length > 0 && <span className="text-muted"> · and {plural(more.length, 'more problem')}</span>}
      </p>
    </li>
  )
}
