import { Link } from '@tanstack/react-router'
import { formatBytes } from '~/client/units'
import { Nights } from '../nights'
import { lookOf, Status, safetyLooks } from '../status'
import { Ago } from '../time'
import type { Project } from './overview-screen'

/** Every project in a line; on a phone in a few. */
export function ProjectsTable({ projects }: { projects: Project[] }) {
  return (
    <table className="w-full border-collapse">
      <thead className="text-left text-muted max-md:sr-only">
        <tr className="border-b [&>th]:px-2 [&>th]:py-2 [&>th]:first:pl-4 [&>th]:last:pr-4">
          <th scope="col">Project</th>
          <th scope="col">State</th>
          <th scope="col">30 days</th>
          <th scope="col">Last backup</th>
          <th scope="col">Last proof</th>
          <th scope="col">Next</th>
          <th scope="col" className="text-right">
            Size
          </th>
        </tr>
      </thead>
      <tbody>
        {projects.map((project) => (
          <Row key={project.id} project={project} />
        ))}
      </tbody>
    </table>
  )
}

const cells =
  'relative border-b last:border-b-0 hover:bg-hover has-focus-visible:bg-hover max-md:grid max-md:grid-cols-2 max-md:gap-x-4 max-md:gap-y-1 max-md:px-4 max-md:py-3 md:[&>td]:px-2 md:[&>td]:py-2.5 md:[&>td]:first:pl-4 md:[&>td]:last:pr-4'

function Row({ project }: { project: Project }) {
  const { id, name, origin, safety, running, lastBackup, lastProof, nextBackup, bytes } = project
  return (
    <tr className={cells}>
      <td className="min-w-0 max-md:col-span-2 md:max-w-60">
        {/* The whole row leads there. */}
        <Link
          to="/projects/$projectId"
          params={{ projectId: id }}
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {name}
        </Link>
        {origin !== null && <span className="block truncate text-[13px] text-muted">{origin}</span>}
      </td>
      <td>
        <Status look={safetyLooks[safety]} />
        {running !== null && <Status look={lookOf('running')} className="max-md:ml-3 md:flex" />}
      </td>
      <td className="max-md:col-span-2 max-md:pb-1">
        <Nights project={project} />
      </td>
      <Told name="Last backup">
        <Ago time={lastBackup} />
      </Told>
      <Told name="Last proof">
        <Ago time={lastProof} />
      </Told>
      <Told name="Next">
        <Ago time={nextBackup} none="–" />
      </Told>
      <Told name="Size" className="numeric md:text-right">
        {bytes === null ? <span className="text-muted">–</span> : formatBytes(bytes)}
      </Told>
    </tr>
  )
}

/** A cell that says on a phone, where the table has no head, what it is. */
function Told({
  name,
  className,
  children,
}: {
  name: string
  className?: string
  children: React.ReactNode
}) {
  return (
    <td className={className}>
      <span aria-hidden className="text-muted md:hidden">
        {name}{' '}
      </span>
      {children}
    </td>
  )
}
