import { Link } from '@tanstack/react-router'
import { FlaskConical, Play } from 'lucide-react'
import { useState } from 'react'
import { kindWord } from '~/client/kind-words'
import { lookOf, Status } from '../status'
import { Button } from '../ui/button'
import type { ProjectDetails } from './details'
import { StartDialog } from './start-dialog'

/** What can be started now; or the run that is under way. */
export function RunActions({ project, mayStart }: { project: ProjectDetails; mayStart: boolean }) {
  const { id, running, problem, inactiveSince } = project
  return (
    <>
      {running !== null ? (
        <Button asChild>
          <Link to="/projects/$projectId/runs/$runId" params={{ projectId: id, runId: running.runId }}>
            <Status look={{ ...lookOf('running'), word: `See the ${kindWord(running.kind)} under way` }} />
          </Link>
        </Button>
      ) : (
        mayStart && problem === null && inactiveSince === null && <Starts project={project} />
      )}
    </>
  )
}

function Starts({ project }: { project: ProjectDetails }) {
  const [kind, setKind] = useState<'backup' | 'drill' | null>(null)
  return (
    <>
      <Button onClick={() => setKind('drill')}>
        <FlaskConical />
        Drill
      </Button>
      <Button variant="primary" onClick={() => setKind('backup')}>
        <Play />
        Back up now
      </Button>
      {kind !== null && <StartDialog kind={kind} project={project} onClose={() => setKind(null)} />}
    </>
  )
}
