import type { Outputs } from '~/client/client'
import { formatBytes } from '~/client/units'
import { Card, CardHead } from '../ui/card'
import { Progress } from '../ui/progress'

const mostNamed = 4

/** Programs that runs need, and the room on the disks. */
export function MachineCard({ machine }: { machine: Outputs['settings']['health']['machine'] }) {
  const { programs, disks, memoryBytes } = machine
  return (
    <Card aria-labelledby="machine">
      <CardHead title="Machine" id="machine" />
      <div className="grid gap-6 p-4 sm:grid-cols-2">
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] content-start gap-x-6 gap-y-1.5">
          {programs.map(({ name, version, needed }) => (
            <div key={name} className="contents">
              <dt>{name}</dt>
              <dd className={version === null && needed ? 'text-bad' : 'numeric text-muted'}>
                {version ?? (needed ? 'is missing: install.sh brings it' : 'not installed')}
              </dd>
            </div>
          ))}
          <dt>Memory of the dashboard</dt>
          <dd className="numeric text-muted">{formatBytes(memoryBytes)}</dd>
        </dl>
        <ul className="grid content-start gap-4">
          {disks.map(({ places, freeBytes, totalBytes }) => (
            <li key={places[0]} className="grid gap-1.5">
              <p className={freeBytes < totalBytes / 10 ? 'text-bad' : undefined}>
                {formatBytes(freeBytes)} free of {formatBytes(totalBytes)}
              </p>
              <Progress
                label={`Disk of ${places[0]}`}
                share={totalBytes === 0 ? null : 1 - freeBytes / totalBytes}
              />
              <p className="text-muted [overflow-wrap:anywhere]">
                {places.slice(0, mostNamed).join(', ')}
                {places.length > mostNamed && ` and ${places.length - mostNamed} more`}
              </p>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}
