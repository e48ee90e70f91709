import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { CircleCheck, OctagonX } from 'lucide-react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { Status } from '../status'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Code } from '../ui/copy'

/** The key that secrets are sealed with. */
export function KeyCard({ state }: { state: Outputs['settings']['health']['key'] }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const rotate = useMutation(
    trpc.settings.rotateKey.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.settings.health.queryKey() }),
    }),
  )
  const { keyId, file, isCredential, sealed, broken } = state
  const look =
    broken.length === 0
      ? ({ word: 'Opens everything', tone: 'good', icon: CircleCheck } as const)
      : ({
          word: `${plural(broken.length, 'secret')} cannot be opened`,
          tone: 'bad',
          icon: OctagonX,
        } as const)
  return (
    <Card aria-labelledby="key">
      <CardHead title="Key" id="key">
        <Status look={look} />
        {!isCredential && broken.length === 0 && (
          <Button size="small" disabled={rotate.isPending} onClick={() => rotate.mutate()}>
            {rotate.isPending ? 'Sealing anew …' : 'Change the key'}
          </Button>
        )}
      </CardHead>
      <div className="stack gap-3 p-4 [overflow-wrap:anywhere]">
        <p>
          {keyId === null ? 'There is no key' : `Key ${keyId}`} in {file};{' '}
          {plural(sealed, 'secret is', 'secrets are')} sealed. Keep a copy of it elsewhere: without it they
          open no more.
        </p>
        {broken.length > 0 && (
          <>
            <p className="text-bad">
              Put back the copy of the key. If there is none, end the dashboard and type:
            </p>
            <Code text="npm run dashboard -- key new" />
          </>
        )}
        {rotate.isError && <ProblemNote problem={problemOf(rotate.error)} />}
        <p role="status" className="text-good empty:hidden">
          {rotate.isSuccess &&
            `${plural(rotate.data.sealed, 'secret was', 'secrets were')} sealed anew. Copy the new key.`}
        </p>
      </div>
    </Card>
  )
}
