import { Link } from '@tanstack/react-router'
import type { Outputs } from '~/client/client'
import { plural } from '~/client/units'
import { Card, CardHead } from '../ui/card'

type Health = Outputs['settings']['health']

/** Which dashboard this is, where it lies and keeps its own, and whose work is in it. */
export function AboutCard({ about, directory }: { about: Health['about']; directory: string }) {
  const { version, license, root, packages } = about
  const facts: [string, React.ReactNode][] = [
    ['Version', version],
    ['Programs', <Path key="root" path={root} />],
    ['Its own directory', <Path key="directory" path={directory} />],
    ['Documentation', <Path key="docs" path={`${root}/docs/how-to/dashboard.md`} />],
    ['Changes', <Path key="changes" path={`${root}/CHANGELOG.md`} />],
    [
      'For programs',
      <Link key="api" to="/api-reference" className="text-accent-ink underline">
        API
      </Link>,
    ],
    ['Licence', `${license}, as ${root}/LICENSE says`],
  ]
  return (
    <Card aria-labelledby="about">
      <CardHead title="About" id="about" />
      <div className="stack gap-4 p-4">
        <dl className="grid gap-x-6 gap-y-1.5 sm:grid-cols-[10rem_minmax(0,1fr)]">
          {facts.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd className="min-w-0 [overflow-wrap:anywhere] max-sm:mb-1.5">{value}</dd>
            </div>
          ))}
        </dl>
        <details>
          <summary className="w-fit">
            {plural(packages.length, 'package')} of others, with their licences
          </summary>
          <ul className="grid gap-x-6 gap-y-1 pt-2 sm:grid-cols-2">
            {packages.map(({ name, version: one, license: of }) => (
              <li key={name} className="flex flex-wrap gap-x-2 [overflow-wrap:anywhere]">
                <span>{name}</span>
                <span className="numeric text-muted">
                  {one} · {of}
                </span>
              </li>
            ))}
          </ul>
        </details>
      </div>
    </Card>
  )
}

function Path({ path }: { path: string }) {
  return <code className="font-mono text-[13px]">{path}</code>
}
