import { Link } from '@tanstack/react-router'
import { FlaskConical, Play } from 'lucide-react'
import { useState } from 'react'
import { lookOf, Status } from '../status'
import { Button } from '../ui/button'
import type { ProjectDetails } from './project-screen'
import { StartDialog } from './start-dialog'

/** What can be started now; or the run that is under way. */
export function RunActions({ project, mayStart }: { project: ProjectDetails; mayStart: boolean }) {
  const [kind, setKind] = useState<'backup' | 'drill' | null>(null)
  const { id, running, problem } = project
  if (running !== null)
    return (
      <Button asChild>
        <Link to="/projects/$projectId/runs/$runId" params={{ projectId: id, runId: running.runId }}>
          <Status look={{ ...lookOf('running'), word: `See the ${running.kind} under way` }} />
        </Link>
      </Button>
    )
  if (!mayStart || problem !== null) return null
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
