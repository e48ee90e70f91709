import { Link } from '@tanstack/react-router'
import { CircleDashed } from 'lucide-react'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { formatBytes, plural } from '~/client/units'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Empty } from '../ui/empty'

type Repositories = Outputs['settings']['health']['repositories']

const mostShown = 10
const mostNamed = 4
const unchecked = { word: 'Never checked', tone: 'quiet', icon: CircleDashed } as const

/** Where archives are, how much there is, and what the last check of each found. */
export function RepositoriesCard({ repositories }: { repositories: Repositories }) {
  const [isAll, setAll] = useState(false)
  const shown = isAll ? repositories : repositories.slice(0, mostShown)
  return (
    <Card aria-labelledby="repositories">
      <CardHead title="Repositories" id="repositories" />
      {repositories.length === 0 ? (
        <Empty title="None is known yet">
          <p>They are those of the projects, which stand here once a project is read.</p>
        </Empty>
      ) : (
        <ul className="divide-y">
          {shown.map((repository) => (
            <Repository key={repository.place + repository.projects[0]} repository={repository} />
          ))}
        </ul>
      )}
      {shown.length < repositories.length && (
        <Button variant="ghost" className="m-2" onClick={() => setAll(true)}>
          {repositories.length - shown.length} more
        </Button>
      )}
    </Card>
  )
}

function Repository({ repository }: { repository: Repositories[number] }) {
  const { place, projects, bytes, lastCheck } = repository
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-1 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64 [overflow-wrap:anywhere]">
        <p className="font-mono text-[13px]">{place}</p>
        <p className="text-muted">
          {projects.length > mostNamed ? plural(projects.length, 'project') : projects.join(', ')}
        </p>
      </div>
      <p className="numeric basis-20 sm:text-right">{bytes === null ? '–' : formatBytes(bytes)}</p>
      <div className="basis-44">
        {lastCheck === null ? (
          <Status look={unchecked} />
        ) : (
          <Link
            to="/projects/$projectId/runs/$runId"
            params={{ projectId: lastCheck.projectId, runId: lastCheck.runId }}
            className="flex flex-wrap gap-x-2 hover:underline"
          >
            <Status look={lookOf(lastCheck.outcome)} />
            <span className="text-muted">
              checked <Ago time={lastCheck.at} />
            </span>
          </Link>
        )}
      </div>
    </li>
  )
}
