import { Ban, CircleCheck, CircleX } from 'lucide-react'
import type { Outputs } from '~/client/client'
import { Status } from '../status'
import { Ago } from '../time'

type Entry = Outputs['audit']['list']['entries'][number]

const looks = {
  done: { word: 'Done', tone: 'quiet', icon: CircleCheck },
  denied: { word: 'Denied', tone: 'bad', icon: Ban },
  failed: { word: 'Failed', tone: 'warn', icon: CircleX },
} as const

export function AuditTable({ rows }: { rows: Entry[] }) {
  return (
    <table className="w-full border-collapse">
      <thead className="text-left text-muted max-md:sr-only">
        <tr className="border-b [&>th]:px-2 [&>th]:py-2 [&>th]:first:pl-4 [&>th]:last:pr-4">
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">To</th>
          <th scope="col">Outcome</th>
          <th scope="col">Details</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((entry) => (
          <Row key={entry.seq} entry={entry} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ entry }: { entry: Entry }) {
  const { seq, at, actorName, address, action, subject, outcome, details, hash } = entry
  const hasMore = Object.keys(details).length > 0
  return (
    <tr className="border-b align-top last:border-b-0 max-md:flex max-md:flex-wrap max-md:gap-x-3 max-md:gap-y-1 max-md:px-4 max-md:py-3 md:[&>td]:px-2 md:[&>td]:py-2 md:[&>td]:first:pl-4 md:[&>td]:last:pr-4">
      <td className="text-muted">
        <Ago time={at} />
      </td>
      <td className="[overflow-wrap:anywhere] max-md:ml-auto">
        {actorName}
        {address !== '' && <span className="block text-muted max-md:inline"> {address}</span>}
      </td>
      <td className="font-medium max-md:w-full">{action}</td>
      <td className="[overflow-wrap:anywhere]">{subject}</td>
      <td className="max-md:ml-auto">
        <Status look={looks[outcome]} />
      </td>
      <td className="max-md:w-full md:max-w-80">
        <details>
          <summary className="text-muted">Entry {seq}</summary>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 pt-2 [overflow-wrap:anywhere]">
            {hasMore &&
              Object.entries(details).map(([name, value]) => (
                <div key={name} className="contents">
                  <dt className="text-muted">{name}</dt>
                  <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
                </div>
              ))}
            <dt className="text-muted">hash</dt>
            <dd className="font-mono text-[13px]">{hash}</dd>
          </dl>
        </details>
      </td>
    </tr>
  )
}
