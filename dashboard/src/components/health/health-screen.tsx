import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Stethoscope } from 'lucide-react'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { formatBytes, formatSeconds } from '~/client/units'
import { ProblemNote } from '../problem-note'
import type { ProjectDetails } from '../project/details'
import { ProjectHead } from '../project/project-head'
import { Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { cn } from '../ui/cn'
import { Empty } from '../ui/empty'
import { Conditions, lookOfCheck } from './conditions'

type Health = Outputs['health']['get']
type Check = Health['checks'][number]

/** Whether a backup could be made: what the scripts look at, when it was asked, and what it was before. */
export function HealthScreen({
  project,
  health: { checks, versions },
  mayCheck,
}: {
  project: ProjectDetails
  health: Health
  mayCheck: boolean
}) {
  const [chosen, setChosen] = useState<number>()
  const shown = checks.find(({ id }) => id === chosen) ?? checks[0]
  return (
    <div className="stack gap-6">
      <ProjectHead project={project} />
      <Card aria-labelledby="health">
        <CardHead title="Could a backup be made now?" id="health">
          {shown && <Status look={lookOfCheck(shown)} />}
          {mayCheck && <CheckButton projectId={project.id} onDone={() => setChosen(undefined)} />}
        </CardHead>
        {shown === undefined ? (
          <Empty title="Not checked yet">
            <p>
              A check looks at the configuration, the programs, the repository and the project itself, and
              changes nothing.
            </p>
          </Empty>
        ) : (
          <>
            <Facts check={shown} versions={versions} />
            <Conditions conditions={shown.conditions} />
          </>
        )}
      </Card>
      {checks.length > 1 && (
        <Card aria-labelledby="before">
          <CardHead title="Checks before" id="before" />
          <History checks={checks} shown={shown} onChoose={setChosen} />
        </Card>
      )}
    </div>
  )
}

function CheckButton({ projectId, onDone }: { projectId: string; onDone: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const check = useMutation(
    trpc.health.check.mutationOptions({
      async onSuccess() {
        await queryClient.invalidateQueries({ queryKey: trpc.health.get.queryKey({ projectId }) })
        onDone()
      },
    }),
  )
  return (
    <>
      <Button variant="primary" disabled={check.isPending} onClick={() => check.mutate({ projectId })}>
        <Stethoscope />
        {check.isPending ? 'Checking …' : 'Check now'}
      </Button>
      {check.isError && (
        <div className="w-full">
          <ProblemNote problem={problemOf(check.error)} />
        </div>
      )}
    </>
  )
}

function Facts({ check, versions }: { check: Check; versions: Record<string, string> }) {
  const { at, by, seconds, databaseBytes, serverVersion } = check
  const facts: [string, React.ReactNode][] = [
    ['Checked', <Ago key="at" time={at} />],
    ['By', by],
    ['Took', formatSeconds(seconds)],
    ['Database', databaseBytes === null ? '–' : formatBytes(databaseBytes)],
    ['PostgreSQL', serverVersion ?? versions['server'] ?? '–'],
    ['Dumped with', versions['pg_dump'] ?? '–'],
  ]
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-3 border-b px-4 py-3 sm:grid-cols-3 lg:grid-cols-6">
      {facts.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-muted">{name}</dt>
          <dd className="numeric truncate font-medium" title={typeof value === 'string' ? value : undefined}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function History(props: { checks: Check[]; shown: Check | undefined; onChoose: (id: number) => void }) {
  const { checks, shown, onChoose } = props
  return (
    <ul className="divide-y">
      {checks.map((check) => {
        const isShown = check.id === shown?.id
        return (
          <li key={check.id}>
            <button
              type="button"
              aria-pressed={isShown}
              onClick={() => onChoose(check.id)}
              className={cn(
                'grid w-full grid-cols-[8rem_minmax(0,1fr)] gap-x-4 px-4 py-2 text-left hover:bg-hover sm:grid-cols-[8rem_8rem_minmax(0,1fr)_6rem]',
                isShown && 'bg-hover',
              )}
            >
              <Status look={lookOfCheck(check)} />
              <Ago time={check.at} />
              <span className="truncate text-muted max-sm:col-span-2">{sayingOf(check)}</span>
              <span className="numeric text-right max-sm:hidden">
                {check.databaseBytes === null ? '' : formatBytes(check.databaseBytes)}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

function sayingOf({ conditions, by }: Check): string {
  const first = conditions.find(({ status }) => status === 'FAIL')
  return first === undefined ? `by ${by}` : `${first.subject}: ${first.text}`
}
