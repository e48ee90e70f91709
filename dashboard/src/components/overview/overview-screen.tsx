import { Link } from '@tanstack/react-router'
import { Download, ShieldAlert, ShieldCheck } from 'lucide-react'
import { useDeferredValue, useMemo } from 'react'
import { formatBytes, plural } from '~/client/units'
import { QueuedRuns } from '../run/queued-runs'
import { ScreenHead } from '../screen-head'
import { hasRole, isAdminOfAll, type User } from '../screens'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { cn } from '../ui/cn'
import { Empty } from '../ui/empty'
import { AddMenu } from './add-menu'
import { AlertsStrip } from './alerts-strip'
import { type Filter, Filters, isNeedy, matches, order } from './filters'
import { inRepositories } from './in-repositories'
import { Needy } from './needy'
import type { Project } from './project'
import { ProjectsTable } from './projects-table'
import { RunningNow } from './running-now'

const names = new Intl.Collator('en', { numeric: true })

function byNeed(a: Project, b: Project): number {
  return order.indexOf(a.safety) - order.indexOf(b.safety) || names.compare(a.name, b.name)
}

/** Is everything safe? */
export function OverviewScreen(props: {
  projects: Project[]
  user: User
  filter: Filter
  onFilter: (filter: Filter) => void
}) {
  const { projects, user, filter, onFilter } = props
  const { groups } = user
  const sorted = useMemo(() => projects.toSorted(byNeed), [projects])
  // Typing goes on while the rows are found.
  const wanted = useDeferredValue(filter)
  const shown = useMemo(() => sorted.filter((project) => matches(project, wanted)), [sorted, wanted])
  if (projects.length === 0)
    return groups === null ? <NoProjects isAdmin={isAdminOfAll(user)} /> : <NoneOfGroups groups={groups} />
  const needy = sorted.filter(isNeedy)
  // Who filters has come for the table: it is not to be below the fold.
  const isFiltered = Object.values(filter).some((chosen) => chosen !== undefined && chosen !== '')
  return (
    <div className="stack gap-6">
      <Verdict projects={projects} needy={needy.length} />
      <AlertsStrip />
      <RunningNow projects={projects} />
      <QueuedRuns mayCancel={hasRole(user, 'operator')} />
      {needy.length > 0 && !isFiltered && (
        <Needy projects={needy} onAll={() => onFilter({ state: 'needy' })} />
      )}
      <Card aria-labelledby="projects">
        <CardHead title="Projects" id="projects">
          <Filters projects={projects} filter={filter} onFilter={onFilter} />
          {isAdminOfAll(user) ? <AddMenu /> : hasRole(user, 'admin') && <ExportLink />}
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

function Verdict({ projects, needy }: { projects: Project[]; needy: number }) {
  const isSafe = needy === 0
  const active = projects.filter(({ safety }) => safety !== 'inactive')
  const total = inRepositories(projects)
  const archives = projects.reduce((sum, project) => sum + (project.archives ?? 0), 0)
  const Icon = isSafe ? ShieldCheck : ShieldAlert
  const verdict = isSafe
    ? active.length === 1
      ? 'Your project is safe'
      : `All ${active.length} projects are safe`
    : `${needy} of ${plural(active.length, 'project')} ${needy === 1 ? 'needs' : 'need'} you`
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

/** All that is left of the menu for an admin of some groups, who adds none. */
function ExportLink() {
  return (
    <Button asChild>
      <Link to="/import">
        <Download />
        Export
      </Link>
    </Button>
  )
}

function NoProjects({ isAdmin }: { isAdmin: boolean }) {
  return (
    <div className="stack gap-6">
      <ScreenHead title="No project yet" />
      <Card>
        <Empty title="A project is one env file, as for the scripts">
          {isAdmin && (
            <div className="flex flex-wrap justify-center gap-2">
              <Button asChild variant="primary">
                <Link to="/add-project">Add a project</Link>
              </Button>
              <AddMenu isBesides />
            </div>
          )}
          <p>
            Those in <code className="font-mono text-[13px]">~/.config/supabase-backup</code> appear here by
            themselves. Where the dashboard runs, this makes one by asking:
          </p>
          <code className="rounded-md border bg-page px-2.5 py-1.5 font-mono text-[13px] text-ink">
            ./install.sh --project NAME --configure
          </code>
        </Empty>
      </Card>
    </div>
  )
}

/** There may be projects, of which nothing is to be told here. */
function NoneOfGroups({ groups }: { groups: readonly string[] }) {
  return (
    <div className="stack gap-6">
      <ScreenHead title="No project yet" />
      <Card>
        <Empty title="No project is in a group of yours">
          <p className="[overflow-wrap:anywhere]">
            {groups.length === 0
              ? 'Your role is for groups of projects, and none is named.'
              : `Your role is for projects of ${groups.join(', ')}.`}{' '}
            An admin puts projects into groups, under their settings, and changes your role, under Users and
            tokens.
          </p>
        </Empty>
      </Card>
    </div>
  )
}
