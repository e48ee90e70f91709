import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { formatBytes, formatSeconds, plural } from '~/client/units'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { cn } from '../ui/cn'
import { type Analytics, change, percent, rate } from './words'

const mostRows = 20
type Sums = Omit<Analytics['groups'][number], 'group' | 'projects'> & { isRepositoryShared?: boolean }

/** Of a repository that others are in too, what is a project's own is what it added. */
function growthOf({ grownBytes, newBytes, isRepositoryShared }: Sums): string {
  return isRepositoryShared ? `${formatBytes(newBytes)} added` : change(grownBytes)
}

function sizeOf({ storageBytes, isRepositoryShared }: Sums): string {
  if (storageBytes === null) return '–'
  return `${formatBytes(storageBytes)}${isRepositoryShared ? ', shared' : ''}`
}

const columns = [
  { name: 'Went well', of: ({ successRate }: Sums) => percent(successRate) },
  { name: 'Failed', of: ({ backups }: Sums) => backups.failed.toLocaleString('en-US') },
  { name: 'Takes', of: ({ meanSeconds }: Sums) => (meanSeconds === null ? '–' : formatSeconds(meanSeconds)) },
  { name: 'Throughput', of: ({ bytesPerSecond }: Sums) => rate(bytesPerSecond) },
  { name: 'Size', of: sizeOf },
  { name: 'Growth', of: growthOf },
  { name: 'New', of: ({ newShare }: Sums) => percent(newShare) },
] as const

/** Each project, those with the most failures first. */
export function ProjectsTable({ projects }: { projects: Analytics['projects'] }) {
  const [isAll, setAll] = useState(false)
  const sorted = projects.toSorted(
    (a, b) => (a.successRate ?? -1) - (b.successRate ?? -1) || a.name.localeCompare(b.name),
  )
  const shown = isAll ? sorted : sorted.slice(0, mostRows)
  return (
    <Card>
      <CardHead title="By project" />
      <Sheet first="Project" last="Last proof">
        {shown.map(({ id, name, lastDrill, ...sums }) => (
          <Row
            key={id}
            sums={sums}
            name={
              <Link
                to="/projects/$projectId"
                params={{ projectId: id }}
                className="font-medium hover:underline"
              >
                {name}
              </Link>
            }
            last={<Ago time={lastDrill} none="–" />}
          />
        ))}
      </Sheet>
      {sorted.length > shown.length && (
        <Button variant="ghost" className="m-2" onClick={() => setAll(true)}>
          {plural(sorted.length - shown.length, 'more project')}
        </Button>
      )}
    </Card>
  )
}

export function GroupsTable({ groups }: { groups: Analytics['groups'] }) {
  return (
    <Card>
      <CardHead title="By group" />
      <Sheet first="Group" last="Projects">
        {groups.map(({ group, projects, ...sums }) => (
          <Row
            key={group}
            sums={sums}
            name={
              <Link
                to="/analytics"
                search={(before) => ({ ...before, group, project: undefined })}
                className="font-medium hover:underline"
              >
                {group}
              </Link>
            }
            last={projects.toLocaleString('en-US')}
          />
        ))}
      </Sheet>
    </Card>
  )
}

function Sheet({ first, last, children }: { first: string; last: string; children: React.ReactNode }) {
  return (
    // On a phone it is wider than the screen, and the keyboard scrolls it.
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
      tabIndex={0}
      aria-label={`By ${first.toLowerCase()}`}
      className="overflow-x-auto"
    >
      <table className="numeric w-full min-w-2xl border-collapse text-right">
        <thead className="text-muted">
          <tr className="border-b [&>th]:px-2 [&>th]:py-2 [&>th]:first:pl-4 [&>th]:last:pr-4">
            <th scope="col" className="text-left">
              {first}
            </th>
            {columns.map(({ name }) => (
              <th key={name} scope="col" className="text-right">
                {name}
              </th>
            ))}
            <th scope="col" className="text-right">
              {last}
            </th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}

function Row({ name, last, sums }: { name: React.ReactNode; last: React.ReactNode; sums: Sums }) {
  return (
    <tr className="border-b last:border-b-0 hover:bg-hover [&>*]:px-2 [&>*]:py-2 [&>*]:first:pl-4 [&>*]:last:pr-4">
      <th scope="row" className="max-w-60 truncate text-left">
        {name}
      </th>
      {columns.map(({ name: column, of }) => (
        <td
          key={column}
          className={cn(
            'whitespace-nowrap',
            column === 'Failed' && sums.backups.failed > 0 && 'font-medium text-bad',
          )}
        >
          {of(sums)}
        </td>
      ))}
      <td className="whitespace-nowrap">{last}</td>
    </tr>
  )
}
