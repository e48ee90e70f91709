import { useQuery } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { ShieldCheck, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { exactTime } from '~/client/time'
import { describePartial, formatSeconds, plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import type { ProjectDetails } from '../project/details'
import { lookOf, Status } from '../status'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Field } from '../ui/field'
import { ArchiveHead } from './archive-head'
import { Asked } from './asked'
import { Buckets } from './buckets'
import { PinButton, Pinned, UnpinButton } from './pin'
import { Tables } from './tables'
import { useStart } from './use-start'

type Contents = Outputs['archives']['contents']
type Role = NonNullable<Outputs['session']['state']['user']>['role']

/** What is in one backup, and what can be done with it. */
export function ArchiveScreen(props: { project: ProjectDetails; archive: string; role: Role }) {
  const { project, archive, role } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const { id: projectId, name } = project
  const contents = useQuery(trpc.archives.contents.queryOptions({ projectId, archive }))
  const list = useQuery(trpc.archives.list.queryOptions({ projectId }))
  // What lies on this machine alone is no archive.
  const pin = list.data?.sources.find(
    (source) => source.name === archive && source.kind !== 'local' && source.kind !== 'extract',
  )?.pin
  const mayRestore = role !== 'viewer'
  return (
    <div className="stack gap-6">
      <ArchiveHead
        projectId={projectId}
        projectName={name}
        title={archive}
        note={pin && <Pinned reason={pin.reason} />}
      >
        {mayRestore && <VerifyButton projectId={projectId} archive={archive} />}
        {mayRestore && pin === null && <PinButton projectId={projectId} archive={archive} />}
        {role === 'admin' && pin && <UnpinButton projectId={projectId} archive={archive} />}
        {role === 'admin' && pin === null && <DeleteButton projectId={projectId} archive={archive} />}
        {mayRestore && (
          <Button asChild variant="primary">
            <Link to="/projects/$projectId/restore" params={{ projectId }} search={{ archive }}>
              Restore …
            </Link>
          </Button>
        )}
      </ArchiveHead>
      <Asked query={contents} waiting="What is in it is read from the repository …">
        {(found) => <Parts contents={found} projectId={projectId} archive={archive} mayExport={mayRestore} />}
      </Asked>
    </div>
  )
}

function Parts(props: { contents: Contents; projectId: string; archive: string; mayExport: boolean }) {
  const { contents, ...about } = props
  const { database, storage, functions, settings, auth } = contents
  const held = contents.components.filter(isHeld)
  const missing = contents.components.filter((one) => !isHeld(one))
  return (
    <>
      <Card aria-labelledby="components">
        <CardHead title="Components" id="components">
          <span className="text-muted">
            as it was on {exactTime(contents.snapshotAt ?? contents.startedAt)}
          </span>
        </CardHead>
        {contents.partial !== null && (
          <p className="border-b px-4 py-2">
            <strong className="font-medium">A partial backup</strong>: {describePartial(contents.partial)}
          </p>
        )}
        <ul className="divide-y">
          {held.map(({ component, status, seconds }) => (
            <li key={component} className="flex flex-wrap items-center gap-x-4 px-4 py-2">
              <span className="font-medium">{component}</span>
              <Status look={lookOf(status)} />
              <span className="numeric ml-auto text-muted">{formatSeconds(seconds)}</span>
            </li>
          ))}
          {missing.length > 0 && (
            <li className="px-4 py-2 text-muted">
              Not in it: {missing.map(({ component }) => component).join(', ')}
            </li>
          )}
          {auth !== null && (
            <li className="px-4 py-2 text-muted">{plural(auth.users, 'user')} by the admin API</li>
          )}
        </ul>
      </Card>
      {database !== null && <Tables database={database} {...about} />}
      {database !== null && database.roles.length > 0 && (
        <Card aria-labelledby="roles">
          <CardHead title={plural(database.roles.length, 'role')} id="roles" />
          <p className="px-4 py-2 [overflow-wrap:anywhere]">{database.roles.join(', ')}</p>
        </Card>
      )}
      {storage !== null && <Buckets buckets={storage.buckets} {...about} />}
      {functions !== null && (
        <Card aria-labelledby="functions">
          <CardHead title={plural(functions.functions.length, 'function')} id="functions" />
          <ul className="divide-y">
            {functions.functions.map(({ slug, files, verifyJwt }) => (
              <li key={slug} className="flex gap-3 px-4 py-2">
                <span className="font-medium">{slug}</span>
                <span className="ml-auto text-muted">
                  {plural(files, 'file')}
                  {verifyJwt ? '' : ' · open to everybody'}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {settings !== null && (
        <Card aria-labelledby="settings">
          <CardHead title="Settings" id="settings" />
          <div className="divide-y">
            {settings.routes.map(({ name, values }) => (
              <details key={name} className="px-4 py-2">
                <summary>
                  {name} <span className="text-muted">{plural(Object.keys(values).length, 'setting')}</span>
                </summary>
                <dl className="grid gap-x-4 py-2 sm:grid-cols-[16rem_1fr]">
                  {Object.entries(values).map(([key, value]) => (
                    <div key={key} className="contents">
                      <dt className="text-muted [overflow-wrap:anywhere]">{key}</dt>
                      <dd className="[overflow-wrap:anywhere]">{JSON.stringify(value)}</dd>
                    </div>
                  ))}
                </dl>
              </details>
            ))}
          </div>
        </Card>
      )}
    </>
  )
}

/** Whether a backup has anything of the component. */
export function isHeld({ status }: { status: string }): boolean {
  return status !== 'skipped' && status !== 'failed'
}

function VerifyButton({ projectId, archive }: { projectId: string; archive: string }) {
  const start = useStart(projectId)
  if (start.isError) return <ProblemNote problem={problemOf(start.error)} />
  return (
    <Button
      disabled={start.isPending}
      onClick={() => start.mutate({ projectId, options: { kind: 'verify', archive } })}
    >
      <ShieldCheck />
      Verify
    </Button>
  )
}

function DeleteButton({ projectId, archive }: { projectId: string; archive: string }) {
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const start = useStart(projectId)
  return (
    <>
      <Button variant="danger" onClick={() => setOpen(true)}>
        <Trash2 />
        Delete
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title="Delete this archive"
        description="It is gone from every repository of the project, and nothing brings it back. Others stay whole."
      >
        <form
          className="stack gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            start.mutate({ projectId, options: { kind: 'delete', archive, typed } })
          }}
        >
          <Field
            label="Its name"
            hint={archive}
            value={typed}
            autoComplete="off"
            onChange={({ target }) => setTyped(target.value)}
          />
          {start.isError && <ProblemNote problem={problemOf(start.error)} />}
          <DialogButtons>
            <Button onClick={() => setOpen(false)}>Keep it</Button>
            <Button type="submit" variant="danger" disabled={typed !== archive || start.isPending}>
              Delete it
            </Button>
          </DialogButtons>
        </form>
      </Dialog>
    </>
  )
}
