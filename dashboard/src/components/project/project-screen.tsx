import { formatBytes, formatSeconds, plural } from '~/client/units'
import { Nights } from '../nights'
import { QueuedRuns } from '../run/queued-runs'
import { hasRole, type User } from '../screens'
import { safetyLooks, softTones } from '../status'
import { Ago } from '../time'
import { Card, CardHead } from '../ui/card'
import { cn } from '../ui/cn'
import type { ProjectDetails } from './details'
import { ForgetButton } from './forget'
import { InactiveNote } from './inactive-note'
import { Problems } from './problems'
import { ProjectHead } from './project-head'
import { type RunFilter, RunList } from './run-list'
import { Unbegun } from './unbegun'

/** One project: is it safe, what happened, and what can be done. */
export function ProjectScreen(props: {
  project: ProjectDetails
  role: User['role']
  filter: RunFilter
  onFilter: (filter: RunFilter) => void
}) {
  const { project, role, filter, onFilter } = props
  const look = safetyLooks[project.safety]
  return (
    <div className="stack gap-6">
      <ProjectHead project={project} />
      {project.inactiveSince !== null && <InactiveNote project={project} />}
      {project.problems.length > 0 && (
        <section
          aria-label="What is wrong"
          className={cn('rounded-lg border p-4', softTones[look.tone === 'good' ? 'warn' : look.tone])}
        >
          <Problems problems={project.problems} />
          {hasRole({ role }, 'admin') && project.problem?.code === 'ENV_FILE_MISSING' && (
            <div className="mt-3">
              <ForgetButton project={project} />
            </div>
          )}
        </section>
      )}
      <QueuedRuns projectId={project.id} mayCancel={role !== 'viewer'} />
      <Unbegun projectId={project.id} />
      <Facts project={project} />
      <Card aria-labelledby="month">
        <CardHead title="The last 30 days" id="month" />
        <div className="grid gap-3 p-4">
          <Nights project={project} isLarge />
          <p className="text-muted">
            A bar a day (UTC): tall is good, half is degraded, short is failed, a line is none.
          </p>
        </div>
      </Card>
      <RunList projectId={project.id} filter={filter} onFilter={onFilter} />
      <p className="text-muted [overflow-wrap:anywhere]">
        Its settings are in <code className="font-mono text-[13px]">{project.envFile}</code>
      </p>
    </div>
  )
}

function Facts({ project }: { project: ProjectDetails }) {
  const { sizes, egress, kinds, archives, newestArchive } = project
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-line sm:grid-cols-3 lg:grid-cols-6 [&>div]:bg-surface [&>div]:px-4 [&>div]:py-3">
      <Fact name="Last good backup" note={seconds(kinds.backup?.lastSuccess?.seconds)}>
        <Ago time={project.lastBackup} />
      </Fact>
      <Fact name="Last proof" note="restored and compared">
        <Ago time={project.lastProof} />
      </Fact>
      <Fact name="Next backup" note={project.nextBackup === null ? 'no schedule, no timer' : undefined}>
        <Ago time={project.nextBackup} none="–" />
      </Fact>
      <Fact name="Archives" note={newestArchive ?? undefined}>
        {archives === null ? '–' : archives.toLocaleString('en-US')}
      </Fact>
      <Fact name="Size" note={sizes ? `${formatBytes(sizes.newBytesMean)} new a night` : undefined}>
        {sizes ? formatBytes(sizes.originalBytes) : '–'}
      </Fact>
      <Fact name="Fetched this month" note={repositoryWords(project)}>
        {egress ? formatBytes(egress.bytes) : '–'}
      </Fact>
    </dl>
  )
}

function repositoryWords({ sizes, repositorySharedWith: others }: ProjectDetails): string | undefined {
  if (!sizes?.repositoryBytes) return undefined
  const shared = others.length === 0 ? '' : `, shared with ${plural(others.length, 'project')}`
  return `${formatBytes(sizes.repositoryBytes)} in the repository${shared}`
}

function seconds(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `took ${formatSeconds(value)}`
}

function Fact({
  name,
  note,
  children,
}: {
  name: string
  note?: string | undefined
  children: React.ReactNode
}) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{name}</dt>
      <dd className="numeric font-medium text-base">{children}</dd>
      {note !== undefined && (
        <dd className="line-clamp-2 text-[13px] text-muted [overflow-wrap:anywhere]" title={note}>
          {note}
        </dd>
      )}
    </div>
  )
}
