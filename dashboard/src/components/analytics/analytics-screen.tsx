import { formatBytes, formatSeconds, plural } from '~/client/units'
import { ScreenHead } from '../screen-head'
import { Card } from '../ui/card'
import { cn } from '../ui/cn'
import { Empty } from '../ui/empty'
import { inputClasses } from '../ui/field'
import { Charts } from './charts'
import { EgressCard } from './egress'
import { EvidenceCard } from './evidence'
import { GroupsTable, ProjectsTable } from './tables'
import type { AnalyticsFilter } from './words'
import { type Analytics, change, percent, rate, spanWords } from './words'

/** How well it goes, how long it takes, how much it is, and where it leads. */
export function AnalyticsScreen(props: {
  analytics: Analytics
  filter: AnalyticsFilter
  onFilter: (filter: AnalyticsFilter) => void
  /** Everything that may be chosen. */
  choices: { projects: { id: string; name: string }[]; groups: string[] }
}) {
  const { analytics, filter } = props
  const { totals, unit } = analytics
  const ran = totals.backups.good + totals.backups.degraded + totals.backups.failed
  return (
    <div className="stack gap-6">
      <Head {...props} />
      {ran === 0 && totals.drills.good + totals.drills.failed === 0 ? (
        <Card>
          <Empty title="No run in this time">
            <p>What backups and drills came to is shown here from the first one on.</p>
          </Empty>
        </Card>
      ) : (
        <>
          <Facts analytics={analytics} />
          <Charts analytics={analytics} />
          <div className="grid gap-4 lg:grid-cols-2">
            <EgressCard egress={analytics.egress} />
            <EvidenceCard analytics={analytics} filter={filter} />
          </div>
          {analytics.groups.length > 1 && <GroupsTable groups={analytics.groups} />}
          <ProjectsTable projects={analytics.projects} />
          <p className="text-muted">
            By {unit}, in UTC, of what the reports say of {plural(ran, 'backup')}. Sizes are those after
            compression and deduplication, of the first repository of each project; one that several projects
            share is counted once.
          </p>
        </>
      )}
    </div>
  )
}

function Head({ filter, onFilter, choices }: Parameters<typeof AnalyticsScreen>[0]) {
  return (
    <ScreenHead title="Analytics">
      {choices.groups.length > 0 && (
        <select
          aria-label="Group"
          className={cn(inputClasses, 'h-8 w-auto max-w-44')}
          value={filter.group ?? ''}
          onChange={({ currentTarget }) =>
            onFilter({ days: filter.days, group: currentTarget.value || undefined })
          }
        >
          <option value="">All groups</option>
          {choices.groups.map((group) => (
            <option key={group}>{group}</option>
          ))}
        </select>
      )}
      <select
        aria-label="Project"
        className={cn(inputClasses, 'h-8 w-auto max-w-44')}
        value={filter.project ?? ''}
        onChange={({ currentTarget }) =>
          onFilter({ days: filter.days, project: currentTarget.value || undefined })
        }
      >
        <option value="">All projects</option>
        {choices.projects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <fieldset className="flex h-8 items-stretch rounded-md border border-line-strong bg-surface p-0.5">
        <legend className="sr-only">How far back</legend>
        {spanWords.map(({ days, word }) => (
          <button
            key={days}
            type="button"
            aria-pressed={filter.days === days}
            onClick={() => onFilter({ ...filter, days })}
            className="rounded-[5px] px-2.5 text-muted hover:text-ink aria-pressed:bg-accent aria-pressed:font-medium aria-pressed:text-on-accent"
          >
            {word}
          </button>
        ))}
      </fieldset>
    </ScreenHead>
  )
}

function Facts({ analytics: { totals } }: { analytics: Analytics }) {
  const { backups, drills } = totals
  const facts = [
    {
      name: 'Good backups',
      value: percent(totals.successRate),
      note: `${backups.failed} failed, ${backups.degraded} degraded`,
    },
    {
      name: 'A backup takes',
      value: totals.meanSeconds === null ? '–' : formatSeconds(totals.meanSeconds),
      note: totals.longestSeconds === null ? '' : `at most ${formatSeconds(totals.longestSeconds)}`,
    },
    { name: 'Throughput', value: rate(totals.bytesPerSecond), note: 'of what archives hold' },
    {
      name: 'In repositories',
      value: totals.storageBytes === null ? '–' : formatBytes(totals.storageBytes),
      note: `${change(totals.grownBytes)} in this time`,
    },
    {
      name: 'New in an archive',
      value: percent(totals.newShare),
      note:
        totals.compressedShare === null
          ? ''
          : `of which ${percent(totals.compressedShare, 0)} after compression`,
    },
    {
      name: 'Good drills',
      value: drills.good.toLocaleString('en-US'),
      note: `${drills.failed + drills.degraded} did not`,
    },
  ]
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-line md:grid-cols-3 xl:grid-cols-6">
      {facts.map(({ name, value, note }) => (
        <div key={name} className="bg-surface p-4">
          <dt className="text-muted">{name}</dt>
          <dd className="numeric font-semibold text-xl tracking-tight">{value}</dd>
          <dd className="text-[13px] text-muted">{note}</dd>
        </div>
      ))}
    </dl>
  )
}
