import { Check, LoaderCircle } from 'lucide-react'
import { useNow } from '~/client/now'
import { formatBytes, formatSeconds } from '~/client/units'
import type { LiveRun } from '~/shared/live-run'
import { Card, CardHead } from '../ui/card'
import { Progress } from '../ui/progress'
import type { RunDetails } from './details'
import { FindingLine } from './findings'

/** A run under way: its steps, how far each is, and what it has found so far. */
export function Live({ run: { live, state } }: { run: RunDetails }) {
  if (live === null)
    return (
      <p role="status" className="rounded-lg border bg-surface p-4 text-muted">
        {state === 'starting' ? 'It is being started …' : 'Its progress is being read …'}
      </p>
    )
  const bars = Object.values(live.progress)
  return (
    <>
      <Card aria-labelledby="progress">
        <CardHead title="Progress" id="progress" />
        <ol className="grid gap-2.5 p-4">
          {live.phases.map((phase) => (
            <Phase key={`${phase.name} ${phase.begunAt}`} phase={phase}>
              {phase.seconds === null &&
                bars
                  .filter((bar) => bar.phase === phase.name)
                  .map((bar) => (
                    <div key={`${bar.component} ${bar.label}`} className="ml-6">
                      <Bar bar={bar} />
                    </div>
                  ))}
            </Phase>
          ))}
        </ol>
        {live.isTruncated && (
          <p className="px-4 pb-4 text-muted">From here on only its steps are told; the log has the rest.</p>
        )}
      </Card>
      {live.findings.length > 0 && (
        <Card aria-labelledby="found">
          <CardHead title="Found so far" id="found" />
          <ul className="divide-y">
            {live.findings.map((finding) => (
              <FindingLine key={`${finding.kind} ${finding.message}`} finding={finding} />
            ))}
          </ul>
        </Card>
      )}
    </>
  )
}

function Phase({ phase, children }: { phase: LiveRun['phases'][number]; children: React.ReactNode }) {
  const now = useNow(1)
  const isOver = phase.seconds !== null
  const seconds = phase.seconds ?? Math.max(0, (now - Date.parse(phase.begunAt)) / 1000)
  const Icon = isOver ? Check : LoaderCircle
  return (
    <li className="stack gap-2">
      <div className="flex items-center gap-2">
        <Icon aria-hidden className={isOver ? 'size-4 text-good' : 'size-4 text-info'} />
        <span className={isOver ? 'text-muted' : 'font-medium'}>{phase.name}</span>
        <span className="sr-only">{isOver ? 'done' : 'under way'}</span>
        <span className="numeric ml-auto text-muted">
          {isOver ? formatSeconds(seconds) : formatSeconds(Math.round(seconds))}
        </span>
      </div>
      {children}
    </li>
  )
}

/** How far one thing is: counts, rate, time left. */
export function Bar({ bar }: { bar: LiveRun['progress'][string] }) {
  const share = shareOf(bar)
  const left = secondsLeft(bar)
  const name = [bar.component, bar.label]
    .filter((part, index, all) => part && all.indexOf(part) === index)
    .join(' · ')
  return (
    <div className="grid gap-1">
      <div className="flex flex-wrap gap-x-3">
        <span>{name}</span>
        <span className="numeric ml-auto flex flex-wrap justify-end gap-x-3 text-muted">
          <span>
            {bar.done.toLocaleString('en-US')}
            {bar.total !== null && ` of ${bar.total.toLocaleString('en-US')}`} {bar.unit}
          </span>
          {bar.bytes !== null && (
            <span>
              {formatBytes(bar.bytes)}
              {bar.totalBytes !== null && ` of ${formatBytes(bar.totalBytes)}`}
            </span>
          )}
          {bar.rate !== null && bar.rate > 0 && <span>{formatBytes(bar.rate)}/s</span>}
          {left !== null && <span>{formatSeconds(left)} left</span>}
          {bar.failed > 0 && <span className="text-bad">{bar.failed.toLocaleString('en-US')} failed</span>}
        </span>
      </div>
      <Progress label={name} share={share} />
    </div>
  )
}

/** By bytes where their total is known: one object may be as large as all the others. */
function shareOf({ done, total, bytes, totalBytes }: LiveRun['progress'][string]): number | null {
  if (bytes !== null && totalBytes) return bytes / totalBytes
  return total ? done / total : null
}

function secondsLeft({ bytes, totalBytes, rate }: LiveRun['progress'][string]): number | null {
  if (bytes === null || totalBytes === null || !rate) return null
  return Math.max(0, (totalBytes - bytes) / rate)
}
