import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { formatBytes } from '~/client/units'
import { Nights } from '../nights'
import { Labels } from '../project/labels'
import { lookOf, Status, safetyLooks } from '../status'
import { Ago } from '../time'
import type { Project } from './project'
import { useGrowing } from './use-growing'

/** About as high as a row is, in pixels. */
const rowHeight = 60

/** Every project in a line; on a phone in a few. */
export function ProjectsTable({ projects }: { projects: Project[] }) {
  const { shown, rest } = useGrowing<HTMLTableRowElement>(projects.length)
  return (
    // Of fixed widths: no row that is added has the browser measure all of them again.
    <table className="w-full border-collapse md:table-fixed">
      <thead className="text-left text-muted max-md:sr-only">
        <tr className="border-b [&>th]:px-2 [&>th]:py-2 [&>th]:first:pl-4 [&>th]:last:pr-4">
          <th scope="col">Project</th>
          <th scope="col" className="w-40">
            State
          </th>
          <th scope="col" className="w-49 max-lg:hidden">
            30 days
          </th>
          <th scope="col" className="w-28">
            Last backup
          </th>
          <th scope="col" className="w-28">
            Last proof
          </th>
          <th scope="col" className="w-24">
            Next
          </th>
          <th scope="col" className="w-24 text-right">
            Size
          </th>
        </tr>
      </thead>
      <tbody>
        {projects.slice(0, shown).map((project) => (
          <Row key={project.id} project={project} />
        ))}
        {/* As high as what is to come, so that the page is as long as it will be. */}
        {shown < projects.length && (
          <tr ref={rest} aria-hidden style={{ height: (projects.length - shown) * rowHeight }} />
        )}
      </tbody>
    </table>
  )
}

const cells =
  'relative border-b last:border-b-0 hover:bg-hover has-focus-visible:bg-hover max-md:grid max-md:grid-cols-2 max-md:gap-x-4 max-md:gap-y-1 max-md:px-4 max-md:py-3 md:[&>td]:px-2 md:[&>td]:py-2.5 md:[&>td]:first:pl-4 md:[&>td]:last:pr-4'

/** Drawn again when its project has changed, not when another has. */
const Row = memo(function Row({ project }: { project: Project }) {
  const { id, name, origin, safety, running, lastBackup, lastProof, nextBackup, bytes } = project
  return (
    <tr className={cells}>
      <td className="min-w-0 max-md:col-span-2">
        {/* The whole row leads there. */}
        <Link
          to="/projects/$projectId"
          params={{ projectId: id }}
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {name}
        </Link>
        {origin !== null && <span className="block truncate text-[13px] text-muted">{origin}</span>}
        <Labels project={project} className="mt-0.5" />
      </td>
      <td>
        <Status look={safetyLooks[safety]} />
        {running !== null && <Status look={lookOf('running')} className="max-md:ml-3 md:flex" />}
      </td>
      <td className="max-md:col-span-2 max-md:pb-1 md:max-lg:hidden">
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
})

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
      <span aria-hidden className="block text-muted md:hidden">
        {name}
      </span>
      {children}
    </td>
  )
}
