import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { CircleCheck, TriangleAlert } from 'lucide-react'
import type { FormEvent } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { formatBytes } from '~/client/units'
import { TypedTwiceFields, useTypedTwice } from '../forms/typed-twice'
import { ProblemNote } from '../problem-note'
import { Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Code } from '../ui/copy'
import { Field } from '../ui/field'

type State = Outputs['settings']['health']['ownBackup']

/** What only the dashboard knows, sealed into a file each night. */
export function OwnBackupCard({ state }: { state: State }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const onSuccess = () => queryClient.invalidateQueries({ queryKey: trpc.settings.pathKey() })
  const backUp = useMutation(trpc.settings.backUp.mutationOptions({ onSuccess }))
  const { directory, hasPassphrase, files, lastProblem, isOnSameDisk } = state
  const [newest] = files
  const look = hasPassphrase
    ? ({ word: 'Each night', tone: 'good', icon: CircleCheck } as const)
    : ({ word: 'Not set up', tone: 'warn', icon: TriangleAlert } as const)
  return (
    <Card aria-labelledby="own-backup">
      <CardHead title="Backup of the dashboard" id="own-backup">
        <Status look={look} />
        {hasPassphrase && (
          <Button size="small" disabled={backUp.isPending} onClick={() => backUp.mutate()}>
            {backUp.isPending ? 'Backing up …' : 'Back up now'}
          </Button>
        )}
      </CardHead>
      <div className="stack gap-5 p-4">
        <p>
          Users, tokens, schedules, sealed secrets and the audit are known to the dashboard alone. Each night
          they go into a file that only the recovery passphrase opens, and from which the dashboard comes back
          on another machine.
        </p>
        {lastProblem !== null && <p className="text-bad">The last one failed: {lastProblem}</p>}
        {backUp.isError && <ProblemNote problem={problemOf(backUp.error)} />}
        {newest !== undefined && (
          <div className="stack gap-2">
            <p>
              {files.length} of the newest in {directory}, the last <Ago time={newest.madeAt} />,{' '}
              {formatBytes(newest.bytes)}.
              {isOnSameDisk &&
                ' They lie on the disk of the dashboard itself: copy them elsewhere, or choose a directory elsewhere.'}
            </p>
            <p className="text-muted">To bring the dashboard back:</p>
            <Code
              text={`npm run dashboard -- recover --from '${directory}/${newest.name}' < passphrase-file`}
            />
          </div>
        )}
        <PlaceForm directory={directory} />
        <PassphraseForm hasPassphrase={hasPassphrase} />
      </div>
    </Card>
  )
}

function PlaceForm({ directory }: { directory: string }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const onSuccess = () => queryClient.invalidateQueries({ queryKey: trpc.settings.pathKey() })
  const set = useMutation(trpc.settings.set.mutationOptions({ onSuccess }))
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    set.mutate({ ownBackupDirectory: String(new FormData(event.currentTarget).get('directory')).trim() })
  }
  return (
    <form onSubmit={submit} className="grid max-w-md gap-3">
      <Field
        label="Directory"
        name="directory"
        defaultValue={directory}
        hint="Best on another disk, or one that is copied to another machine."
        autoComplete="off"
      />
      {set.isError && <ProblemNote problem={problemOf(set.error)} />}
      <div>
        <Button type="submit" disabled={set.isPending}>
          Keep the directory
        </Button>
      </div>
    </form>
  )
}

function PassphraseForm({ hasPassphrase }: { hasPassphrase: boolean }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const chosen = useTypedTwice('passphrase')
  const set = useMutation(
    trpc.settings.setRecoveryPassphrase.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.settings.pathKey() }),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const passphrase = chosen.read(new FormData(form))
    if (passphrase !== undefined) set.mutate({ passphrase }, { onSuccess: () => form.reset() })
  }
  return (
    <form onSubmit={submit} className="grid max-w-md gap-3">
      <TypedTwiceFields
        label={hasPassphrase ? 'Another recovery passphrase' : 'Recovery passphrase'}
        hint="The dashboard does not keep it: you must. Backups made before stay for the one before."
        {...chosen.fields}
      />
      {set.isError && <ProblemNote problem={problemOf(set.error)} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" variant={hasPassphrase ? 'secondary' : 'primary'} disabled={set.isPending}>
          {set.isPending ? 'Setting …' : 'Set it, and back up'}
        </Button>
        <span role="status" className="text-good">
          {set.isSuccess && 'It is set, and a first backup is made.'}
        </span>
      </div>
    </form>
  )
}
