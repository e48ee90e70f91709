import { CircleAlert, Hand, Info } from 'lucide-react'
import type { Outputs } from '~/client/client'
import { plural } from '~/client/units'
import { Card, CardHead } from '../ui/card'

type Report = NonNullable<Outputs['runs']['get']['report']>
type Finding = Report['findings'][number]

const severities = {
  degraded: { word: 'Missing', icon: CircleAlert, className: 'text-warn' },
  manual: { word: 'By hand', icon: Hand, className: 'text-info' },
  note: { word: 'Note', icon: Info, className: 'text-muted' },
} as const

const order = ['degraded', 'manual', 'note'] as const

/** What the report has to say, what is missing first. */
export function Findings({ report }: { report: Report }) {
  const all = [...report.components.flatMap(({ findings }): Finding[] => findings), ...report.findings]
  if (all.length === 0) return null
  const sorted = all.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  return (
    <Card aria-labelledby="findings">
      <CardHead title={plural(all.length, 'finding')} id="findings" />
      <ul className="divide-y">
        {sorted.map((finding) => (
          <FindingLine
            key={`${finding.component} ${finding.kind} ${finding.message}`}
            finding={finding}
            names={finding.names}
            count={finding.count}
          />
        ))}
      </ul>
    </Card>
  )
}

export function FindingLine(props: {
  finding: Pick<Finding, 'severity' | 'kind' | 'message' | 'component'>
  names?: readonly string[]
  count?: number
}) {
  const { finding, names = [], count = 0 } = props
  const { word, icon: Icon, className } = severities[finding.severity]
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[7rem_1fr]">
      <span className={`flex items-center gap-1.5 self-start font-medium ${className}`}>
        <Icon aria-hidden className="size-4" />
        {word}
      </span>
      <div className="grid min-w-0 gap-1 [overflow-wrap:anywhere]">
        <p>{finding.message}</p>
        {names.length > 0 && (
          <details>
            <summary className="w-fit text-muted">{plural(Math.max(count, names.length), 'name')}</summary>
            <ul className="grid gap-0.5 pt-1 font-mono text-[13px]">
              {names.map((name) => (
                <li key={name}>{name}</li>
              ))}
            </ul>
            {count > names.length && (
              <p className="text-muted">and {(count - names.length).toLocaleString('en-US')} more</p>
            )}
          </details>
        )}
        <p className="text-[13px] text-muted">
          {[finding.component, finding.kind].filter(Boolean).join(' · ')}
        </p>
      </div>
    </li>
  )
}
