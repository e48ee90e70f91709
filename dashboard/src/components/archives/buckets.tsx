import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Folder, Globe } from 'lucide-react'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { formatBytes, plural } from '~/client/units'
import { Card, CardHead } from '../ui/card'
import { Asked } from './asked'
import { ExportButton } from './export-button'

type Bucket = NonNullable<Outputs['archives']['contents']['storage']>['buckets'][number]
interface About {
  projectId: string
  archive: string
  mayExport: boolean
}

/** Buckets as folders, as far down as they go. */
export function Buckets({ buckets, ...about }: About & { buckets: readonly Bucket[] }) {
  const [place, setPlace] = useState<{ bucket: string; prefix: string } | null>(null)
  return (
    <Card aria-labelledby="buckets">
      <CardHead title={plural(buckets.length, 'bucket')} id="buckets" />
      <ul className="divide-y">
        {buckets.map(({ id, objects, bytes, public: isPublic }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-3 px-4 py-2">
            <button
              type="button"
              className="inline-flex items-center gap-2 font-medium hover:underline"
              aria-expanded={place?.bucket === id}
              onClick={() => setPlace(place?.bucket === id ? null : { bucket: id, prefix: '' })}
            >
              <Folder aria-hidden className="size-4 text-muted" />
              {id}
            </button>
            {isPublic && (
              <span className="inline-flex items-center gap-1 text-muted">
                <Globe aria-hidden className="size-3.5" />
                public
              </span>
            )}
            <span className="numeric ml-auto text-muted">{plural(objects, 'object')}</span>
            <span className="numeric w-20 text-right text-muted">{formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
      {place !== null && <OpenFolder place={place} onOpen={setPlace} {...about} />}
    </Card>
  )
}

function OpenFolder({
  place,
  onOpen,
  projectId,
  archive,
  mayExport,
}: About & {
  place: { bucket: string; prefix: string }
  onOpen: (place: { bucket: string; prefix: string }) => void
}) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { bucket, prefix } = place
  const query = useQuery(trpc.archives.folder.queryOptions({ projectId, archive, bucket, prefix }))
  const parts = prefix.split('/').slice(0, -1)
  return (
    <div className="border-t bg-page">
      <nav aria-label="Folder" className="flex flex-wrap gap-1 px-4 py-2 text-muted">
        <button type="button" className="hover:underline" onClick={() => onOpen({ bucket, prefix: '' })}>
          {bucket}
        </button>
        {parts.map((part, at) => {
          const upTo = `${parts.slice(0, at + 1).join('/')}/`
          return (
            <span key={upTo}>
              /{' '}
              <button
                type="button"
                className="hover:underline"
                onClick={() => onOpen({ bucket, prefix: upTo })}
              >
                {part}
              </button>
            </span>
          )
        })}
      </nav>
      <Asked query={query} waiting="The folder is read …">
        {({ folders, objects, more }) => (
          <ul className="divide-y border-t">
            {folders.map((folder) => (
              <li key={folder.name} className="flex flex-wrap items-center gap-x-3 px-4 py-1.5">
                <button
                  type="button"
                  className="inline-flex items-center gap-2 hover:underline"
                  onClick={() => onOpen({ bucket, prefix: `${prefix}${folder.name}/` })}
                >
                  <Folder aria-hidden className="size-4 text-muted" />
                  {folder.name}
                </button>
                <span className="numeric ml-auto text-muted">{plural(folder.objects, 'object')}</span>
                <span className="numeric w-20 text-right text-muted">{formatBytes(folder.bytes)}</span>
              </li>
            ))}
            {objects.map(({ name, bytes, type, state }) => (
              <li key={name} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5">
                <span className="min-w-0 [overflow-wrap:anywhere]">{name.slice(prefix.length)}</span>
                <span className="text-[13px] text-muted">
                  {[type, state === 'ok' ? null : state].filter(Boolean).join(' · ')}
                </span>
                <span className="numeric ml-auto text-muted">
                  {bytes === null ? 'no bytes' : formatBytes(bytes)}
                </span>
                {mayExport && bytes !== null && (
                  <ExportButton
                    projectId={projectId}
                    label="Download"
                    options={{ archive, only: ['storage'], objects: [`${bucket}/${name}`] }}
                  />
                )}
              </li>
            ))}
            {folders.length + objects.length === 0 && (
              <li className="px-4 py-2 text-muted">Nothing is in it.</li>
            )}
            {more > 0 && (
              <li className="px-4 py-2 text-muted">
                and {more.toLocaleString('en-US')} more, which are not listed
              </li>
            )}
          </ul>
        )}
      </Asked>
    </div>
  )
}
