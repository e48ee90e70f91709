import { CircleCheck, CircleX } from 'lucide-react'
import type { Outputs } from '~/client/client'
import { shownCount } from '~/client/field-units'
import { formatBytes, formatSeconds } from '~/client/units'
import { Card, CardHead } from '../ui/card'

type Report = NonNullable<Outputs['runs']['get']['report']>

/** What a report holds besides findings. */
export function ReportDetails({ report }: { report: Report }) {
  return (
    <>
      {report.verification !== null && <Verification verification={report.verification} />}
      {report.components.length > 0 && <Components components={report.components} />}
      {report.archives.length > 0 && <Archives archives={report.archives} />}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        {report.steps.length > 0 && <Steps steps={report.steps} />}
        <Facts report={report} />
      </div>
    </>
  )
}

function Verification({
  verification: { ok, counts, differences },
}: {
  verification: NonNullable<Report['verification']>
}) {
  const Icon = ok ? CircleCheck : CircleX
  return (
    <Card aria-labelledby="proof">
      <CardHead title="Proof" id="proof" />
      <div className="grid gap-3 p-4">
        <p className={`flex items-center gap-2 font-medium ${ok ? 'text-good' : 'text-bad'}`}>
          <Icon aria-hidden className="size-4" />
          {ok ? 'What was restored equals the backup.' : 'What was restored differs from the backup.'}
        </p>
        <Counts counts={counts} />
      </div>
      {differences.length > 0 && (
        <Scroller label="Differences">
          <table className="w-full border-t text-left">
            <thead className="text-muted">
              <tr className="border-b">
                <Head>Component</Head>
                <Head>Kind</Head>
                <Head>Name</Head>
                <Head>In the backup</Head>
                <Head>Restored</Head>
              </tr>
            </thead>
            <tbody>
              {differences.map((one) => (
                <tr key={`${one.kind} ${one.name}`} className="border-b last:border-b-0">
                  <Cell>{one.component}</Cell>
                  <Cell>{one.kind}</Cell>
                  <Cell>{one.name}</Cell>
                  <Cell>{one.expected ?? '–'}</Cell>
                  <Cell>{one.actual ?? '–'}</Cell>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Card>
  )
}

function Components({ components }: { components: Report['components'] }) {
  return (
    <Card aria-labelledby="components">
      <CardHead title="Components" id="components" />
      <ul className="divide-y">
        {components.map(({ component, status, seconds, counts, takenAt }) => (
          <li key={component} className="grid gap-1.5 px-4 py-3 sm:grid-cols-[10rem_1fr] sm:gap-4">
            <div>
              <p className="font-medium">{component}</p>
              <p className="numeric text-muted">
                {status} · {formatSeconds(seconds)}
              </p>
              {status === 'stale' && takenAt !== undefined && (
                <p className="text-muted">of {takenAt.slice(0, 10)}</p>
              )}
            </div>
            <Counts counts={counts} />
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Named numbers, each with its unit. */
function Counts({ counts }: { counts: Record<string, number> }) {
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1.5">
      {Object.entries(counts).map(([name, count]) => (
        <div key={name}>
          <dt className="text-[13px] text-muted">{wordsOf(name)}</dt>
          <dd className="numeric">{shownCount(name, count)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** `objectsFetched` → `objects fetched`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function Archives({ archives }: { archives: Report['archives'] }) {
  return (
    <Card aria-labelledby="archives">
      <CardHead title={archives.length === 1 ? 'Archive' : 'Archives'} id="archives" />
      <ul className="divide-y">
        {archives.map(
          ({
            name,
            repository,
            files,
            originalBytes,
            compressedBytes,
            newBytes,
            repositoryBytes,
            seconds,
          }) => (
            <li key={`${name} ${repository}`} className="grid gap-2 px-4 py-3">
              <div className="[overflow-wrap:anywhere]">
                <p className="font-medium font-mono text-[13px]">{name}</p>
                <p className="text-muted">{repository}</p>
              </div>
              <dl className="numeric flex flex-wrap gap-x-6 gap-y-1.5">
                <Fact name="files">{files.toLocaleString('en-US')}</Fact>
                <Fact name="size">{formatBytes(originalBytes)}</Fact>
                <Fact name="compressed">{formatBytes(compressedBytes)}</Fact>
                <Fact name="new">{formatBytes(newBytes)}</Fact>
                <Fact name="repository">
                  {repositoryBytes === null ? 'not known' : formatBytes(repositoryBytes)}
                </Fact>
                <Fact name="took">{formatSeconds(seconds)}</Fact>
              </dl>
            </li>
          ),
        )}
      </ul>
    </Card>
  )
}

function Steps({ steps }: { steps: Report['steps'] }) {
  const longest = Math.max(...steps.map(({ seconds }) => seconds), 0.001)
  return (
    <Card aria-labelledby="steps">
      <CardHead title="Steps" id="steps" />
      <ol className="grid gap-1 p-4">
        {steps.map(({ name, seconds }) => (
          <li key={`${name} ${seconds}`} className="grid grid-cols-[8rem_1fr_5.5rem] items-center gap-3">
            <span className="truncate" title={name}>
              {name}
            </span>
            <span aria-hidden className="h-1.5 rounded-full bg-line">
              <span
                className="block h-full rounded-full bg-muted"
                style={{ width: `${(seconds / longest) * 100}%` }}
              />
            </span>
            <span className="numeric text-right text-muted">{formatSeconds(seconds)}</span>
          </li>
        ))}
      </ol>
    </Card>
  )
}

function Facts({ report }: { report: Report }) {
  const { runId, exitCode, target, bytesFetched, pruned, tool, versions } = report
  const facts: [string, string][] = [
    ['run', runId],
    ['exit code', String(exitCode)],
    ...(target === null ? [] : [['target', target] satisfies [string, string]]),
    ['fetched from the project', formatBytes(bytesFetched)],
    ...(pruned.length === 0 ? [] : [['pruned', pruned.join(', ')] satisfies [string, string]]),
    ['toolkit', tool.version],
    ...Object.entries(versions),
  ]
  return (
    <Card aria-labelledby="facts">
      <CardHead title="Facts" id="facts" />
      <dl className="grid gap-1 p-4">
        {facts.map(([name, value]) => (
          <div key={name} className="grid grid-cols-[8rem_1fr] gap-3">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-[13px] text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** What is wider than a phone scrolls in itself. */
function Scroller({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard
    <section aria-label={label} tabIndex={0} className="overflow-x-auto">
      {children}
    </section>
  )
}

function Head({ children }: { children: React.ReactNode }) {
  return (
    <th scope="col" className="px-4 py-2">
      {children}
    </th>
  )
}

function Cell({ children }: { children: React.ReactNode }) {
  return <td className="px-4 py-2 align-top [overflow-wrap:anywhere]">{children}</td>
}
