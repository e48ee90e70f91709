import { Link } from '@tanstack/react-router'
import { ChevronRight, ShieldAlert, ShieldCheck } from 'lucide-react'
import { useDeferredValue } from 'react'
import type { Outputs } from '~/client/client'
import { formatBytes, plural } from '~/client/units'
import { AdoptButton } from '../project/adopt'
import { Problems } from '../project/problems'
import { QueuedRuns } from '../run/queued-runs'
import { ScreenHead } from '../screen-head'
import { Status, safetyLooks, softTones } from '../status'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { cn } from '../ui/cn'
import { Empty } from '../ui/empty'
import { inputClasses } from '../ui/field'
import { ProjectsTable } from './projects-table'
import { RunningNow } from './running-now'

export type Project = Outputs['projects']['list'][number]

interface Filter {
  text?: string | undefined
  state?: string | undefined
}

/** Needs somebody now, worst first. */
const order: readonly Project['safety'][] = ['unreadable', 'failed', 'overdue', 'degraded', 'never', 'safe']
const mostNeedy = 8

/** Is everything safe? */
export function OverviewScreen(props: {
  projects: Project[]
  isAdmin: boolean
  mayStart: boolean
  filter: Filter
  onFilter: (filter: Filter) => void
}) {
  const { projects, isAdmin, mayStart, filter, onFilter } = props
  const sorted = projects.toSorted(
    (a, b) => order.indexOf(a.safety) - order.indexOf(b.safety) || a.name.localeCompare(b.name),
  )
  const shown = useDeferredValue(sorted.filter((project) => matches(project, filter)))
  if (projects.length === 0) return <NoProjects isAdmin={isAdmin} />
  const needy = sorted.filter(({ safety, problems }) => safety !== 'safe' || problems.length > 0)
  return (
    <div className="stack gap-6">
      <Verdict projects={projects} needy={needy.length} />
      <RunningNow projects={projects} />
      <QueuedRuns mayCancel={mayStart} />
      {needy.length > 0 && <Needy projects={needy} onAll={() => onFilter({ state: 'needy' })} />}
      <Card aria-labelledby="projects">
        <CardHead title="Projects" id="projects">
          <Filters projects={projects} filter={filter} onFilter={onFilter} />
          {isAdmin && <AdoptButton />}
        </CardHead>
        {shown.length > 0 ? (
          <ProjectsTable projects={shown} />
        ) : (
          <Empty title="No project is like that">
            <Button onClick={() => onFilter({})}>Show all</Button>
          </Empty>
        )}
      </Card>
    </div>
  )
}

function matches(
  { name, origin, safety, problems, running }: Project,
  { text = '', state }: Filter,
): boolean {
  const wanted = text.trim().toLowerCase()
  const hasText = `${name} ${origin ?? ''}`.toLowerCase().includes(wanted)
  if (state === 'needy') return hasText && (safety !== 'safe' || problems.length > 0)
  if (state === 'running') return hasText && running !== null
  return hasText && (state === undefined || state === safety)
}

function Verdict({ projects, needy }: { projects: Project[]; needy: number }) {
  const isSafe = needy === 0
  const total = projects.reduce((sum, { repositoryBytes }) => sum + (repositoryBytes ?? 0), 0)
  const archives = projects.reduce((sum, project) => sum + (project.archives ?? 0), 0)
  const Icon = isSafe ? ShieldCheck : ShieldAlert
  const verdict = isSafe
    ? projects.length === 1
      ? 'Your project is safe'
      : `All ${projects.length} projects are safe`
    : `${needy} of ${plural(projects.length, 'project')} ${needy === 1 ? 'needs' : 'need'} you`
  return (
    <div className="flex flex-wrap items-center gap-x-8 gap-y-4">
      <div className="flex items-center gap-3">
        <Icon
          aria-hidden
          className={cn('size-9 shrink-0', isSafe ? 'text-good' : 'text-bad')}
          strokeWidth={1.6}
        />
        <h1 className="font-semibold text-2xl tracking-tight">{verdict}</h1>
      </div>
      <dl className="flex flex-wrap gap-x-8 gap-y-2 sm:ml-auto">
        <Fact name="Projects" value={projects.length.toLocaleString('en-US')} />
        <Fact name="Archives" value={archives.toLocaleString('en-US')} />
        <Fact name="In repositories" value={total === 0 ? '–' : formatBytes(total)} />
      </dl>
    </div>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt className="text-muted">{name}</dt>
      <dd className="numeric font-medium text-base">{value}</dd>
    </div>
  )
}

function Needy({ projects, onAll }: { projects: Project[]; onAll: () => void }) {
  return (
    <section aria-labelledby="needy" className="stack gap-2">
      <h2 id="needy" className="font-semibold">
        Needs somebody now
      </h2>
      <ul className="stack gap-2">
        {projects.slice(0, mostNeedy).map((project) => (
          <NeedyProject key={project.id} project={project} />
        ))}
      </ul>
      {projects.length > mostNeedy && (
        <Button variant="ghost" className="justify-self-start" onClick={onAll}>
          {plural(projects.length - mostNeedy, 'more project')}
        </Button>
      )}
    </section>
  )
}

function NeedyProject({ project }: { project: Project }) {
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
      {problems.length > 0 ? (
        <Problems problems={problems} />
      ) : (
        <p>The last backup is not complete; its report says what is missing.</p>
      )}
    </li>
  )
}

function Filters({
  projects,
  filter,
  onFilter,
}: {
  projects: Project[]
  filter: Filter
  onFilter: (filter: Filter) => void
}) {
  const count = (safety: string) => projects.filter((project) => project.safety === safety).length
  const running = projects.filter((project) => project.running !== null).length
  return (
    <>
      <input
        type="search"
        aria-label="Filter by name"
        placeholder="Filter by name"
        className={cn(inputClasses, 'h-8 w-40')}
        value={filter.text ?? ''}
        onChange={({ currentTarget }) => onFilter({ ...filter, text: currentTarget.value || undefined })}
      />
      <select
        aria-label="Filter by state"
        className={cn(inputClasses, 'h-8 w-auto')}
        value={filter.state ?? ''}
        onChange={({ currentTarget }) => onFilter({ ...filter, state: currentTarget.value || undefined })}
      >
        <option value="">All states</option>
        <option value="needy">Needs somebody</option>
        <option value="running">Running ({running})</option>
        {order.map((safety) => (
          <option key={safety} value={safety}>
            {safetyLooks[safety].word} ({count(safety)})
          </option>
        ))}
      </select>
    </>
  )
}

function NoProjects({ isAdmin }: { isAdmin: boolean }) {
  return (
    <div className="stack gap-6">
      <ScreenHead title="No project yet" />
      <Card>
        <Empty title="A project is one env file, as for the scripts">
          <p>
            Those in <code className="font-mono text-[13px]">~/.config/supabase-backup</code> appear here by
            themselves. Where the dashboard runs, this makes one by asking:
          </p>
          <code className="rounded-md border bg-page px-2.5 py-1.5 font-mono text-[13px] text-ink">
            ./install.sh --project NAME --configure
          </code>
          {isAdmin && <AdoptButton />}
        </Empty>
      </Card>
    </div>
  )
}
