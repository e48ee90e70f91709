import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useRouteContext } from '@tanstack/react-router'
import { BadgeCheck, GitCompare, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { exactTime } from '~/client/time'
import { formatBytes, plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import type { ProjectDetails } from '../project/details'
import { ProjectHead } from '../project/project-head'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Empty } from '../ui/empty'
import { Asked } from './asked'
import { Pinned } from './pin'
import { RetentionCard } from './retention'
import { kindOf } from './source-words'

type Source = Outputs['archives']['list']['sources'][number]

const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })

/** Every version of a project that there is, newest first. */
export function ArchivesScreen({ project, mayRestore }: { project: ProjectDetails; mayRestore: boolean }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { id: projectId } = project
  const list = useQuery(trpc.archives.list.queryOptions({ projectId }))
  // However new the answer is that the server has kept.
  const again = useMutation({
    mutationFn: () =>
      queryClient.fetchQuery({
        ...trpc.archives.list.queryOptions({ projectId, isFresh: true }),
        staleTime: 0,
      }),
    onSuccess: (found) => queryClient.setQueryData(trpc.archives.list.queryKey({ projectId }), found),
  })
  const [chosen, setChosen] = useState<readonly string[]>([])
  const toggle = (source: string) =>
    setChosen((before) =>
      before.includes(source) ? before.filter((one) => one !== source) : [...before, source].slice(-2),
    )
  // Its first backup makes the repository.
  const isNew =
    list.isError && project.lastBackup === null && problemOf(list.error).code === 'BORG_REPO_MISSING'
  const order = list.data?.sources.map((source) => source.name) ?? []
  const [to, from] = order.filter((source) => chosen.includes(source))
  return (
    <div className="stack gap-6">
      <ProjectHead project={project} />
      {again.isError && <ProblemNote problem={problemOf(again.error)} />}
      <Card aria-labelledby="versions">
        <CardHead title="Versions" id="versions">
          {list.data !== undefined && (
            <span className="text-muted">
              {plural(list.data.sources.length, 'version')}, as of <Ago time={list.data.at} />
            </span>
          )}
          <Button size="small" onClick={() => again.mutate()} disabled={list.isFetching || again.isPending}>
            <RefreshCw />
            {again.isPending ? 'Asking …' : 'Ask again'}
          </Button>
          <Button
            size="small"
            disabled={from === undefined || to === undefined}
            onClick={() =>
              from !== undefined &&
              to !== undefined &&
              void navigate({
                to: '/projects/$projectId/compare',
                params: { projectId },
                search: { from, to },
              })
            }
          >
            <GitCompare />
            Compare two
          </Button>
          {mayRestore && (
            <Button asChild size="small">
              <Link to="/projects/$projectId/restore" params={{ projectId }}>
                Restore
              </Link>
            </Button>
          )}
        </CardHead>
        {isNew ? (
          <NoVersion />
        ) : (
          <Asked query={list} waiting="The repository is asked …">
            {({ sources }) =>
              sources.length === 0 ? (
                <NoVersion />
              ) : (
                <Timeline sources={sources} projectId={projectId} chosen={chosen} onToggle={toggle} />
              )
            }
          </Asked>
        )}
      </Card>
      {order.length > 0 && <RetentionCard projectId={projectId} />}
    </div>
  )
}

function NoVersion() {
  return <Empty title="No version yet">Back the project up: each backup is a version here.</Empty>
}

function Timeline(props: {
  sources: readonly Source[]
  projectId: string
  chosen: readonly string[]
  onToggle: (name: string) => void
}) {
  const months = Map.groupBy(props.sources, ({ time }) => month.format(new Date(time)))
  return (
    <div className="divide-y">
      {[...months].map(([name, sources]) => (
        <section key={name} aria-label={name} className="grid gap-x-4 px-4 py-3 sm:grid-cols-[9rem_1fr]">
          <h3 className="py-1 font-medium text-muted">{name}</h3>
          <ol className="grid border-line sm:border-l sm:pl-4">
            {sources.map((source) => (
              <Version key={source.name} source={source} {...props} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  )
}

function Version({
  source,
  projectId,
  chosen,
  onToggle,
}: {
  source: Source
  projectId: string
  chosen: readonly string[]
  onToggle: (name: string) => void
}) {
  const { name, kind, time, status, bytes, verified, pin } = source
  const isOpen = kind !== 'predecessor' && !source.foreign
  return (
    <li className="flex gap-x-3 py-1.5">
      <input
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 accent-accent"
        aria-label={`Choose ${name} to be compared`}
        disabled={!isOpen}
        checked={chosen.includes(name)}
        onChange={() => onToggle(name)}
      />
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3">
        <span className="grow basis-64 [overflow-wrap:anywhere]">
          {isOpen ? (
            <Link
              to="/projects/$projectId/archives/$archive"
              params={{ projectId, archive: name }}
              className="font-medium text-accent-ink hover:underline"
            >
              {exactTime(time)}
            </Link>
          ) : (
            <span className="font-medium">{exactTime(time)}</span>
          )}{' '}
          <span className="text-[13px] text-muted">
            {[kindOf(source), name].filter((part) => part !== null).join(' · ')}
            {source.foreign && ' · of another project of this name'}
          </span>
        </span>
        {pin !== null && <Pinned reason={pin.reason} />}
        {verified && (
          <span className="inline-flex items-center gap-1 text-good">
            <BadgeCheck aria-hidden className="size-4" />
            proven
          </span>
        )}
        {status !== 'unknown' && <Status look={lookOf(status)} />}
        <span className="numeric text-muted sm:w-20 sm:text-right">
          {bytes === null ? '–' : formatBytes(bytes)}
        </span>
      </div>
    </li>
  )
}
