import { Ago } from '../time'
import type { ProjectDetails } from './details'

/** That no run is started from here; and that timers, which are the machine's, go on. */
export function InactiveNote({ project }: { project: ProjectDetails }) {
  const { inactiveSince, nextBackup } = project
  return (
    <section aria-label="Inactive" className="grid gap-1 rounded-lg border bg-surface p-4">
      <p>
        No run of this project is started from here; made inactive <Ago time={inactiveSince} />.
      </p>
      {nextBackup !== null && (
        <p>
          A timer of the machine is not the dashboard’s, and starts the next backup <Ago time={nextBackup} />.
        </p>
      )}
    </section>
  )
}
