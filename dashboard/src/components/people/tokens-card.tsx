import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { useNow } from '~/client/now'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Empty } from '../ui/empty'
import { AddToken } from './add-token'
import { rightsInWords } from './rights-fields'

type Token = Outputs['tokens']['list']['tokens'][number]

/** What programs sign in with. */
export function TokensCard({ tokens, groups }: Outputs['tokens']['list']) {
  const [isAdding, setAdding] = useState(false)
  const [revoked, setRevoked] = useState<Token>()
  return (
    <Card aria-labelledby="tokens">
      <CardHead title="Tokens" id="tokens">
        <Button size="small" variant="primary" onClick={() => setAdding(true)}>
          Make a token
        </Button>
      </CardHead>
      {tokens.length === 0 ? (
        <Empty title="No token yet">
          <p>
            A token lets a program in, such as a monitor or a pipeline: it goes into “Authorization: Bearer”.
          </p>
        </Empty>
      ) : (
        <ul className="divide-y">
          {tokens.map((token) => (
            <li key={token.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
              <div className="min-w-0 flex-1 basis-52">
                <p className="truncate font-medium">{token.name}</p>
                <p className="text-muted">
                  by {token.createdBy}, <Ago time={token.createdAt} />
                </p>
              </div>
              <Button
                size="small"
                variant="danger"
                className="sm:order-last"
                aria-label={`Revoke ${token.name}`}
                onClick={() => setRevoked(token)}
              >
                Revoke
              </Button>
              <p className="min-w-0 flex-1 basis-40 [overflow-wrap:anywhere] max-sm:basis-full">
                {rightsInWords(token)}
              </p>
              <p className="basis-40">
                <Expiry at={token.expiresAt} />
              </p>
              <p className="basis-32 text-muted">
                {token.lastUsedAt === null ? (
                  'never used'
                ) : (
                  <>
                    used <Ago time={token.lastUsedAt} />
                  </>
                )}
              </p>
            </li>
          ))}
        </ul>
      )}
      {isAdding && <AddToken groups={groups} onClose={() => setAdding(false)} />}
      {revoked !== undefined && <Revoke token={revoked} onClose={() => setRevoked(undefined)} />}
    </Card>
  )
}

function Expiry({ at }: { at: string | null }) {
  const now = useNow()
  if (at === null) return <span className="text-muted">does not expire</span>
  if (Date.parse(at) <= now) return <span className="text-bad">has expired</span>
  return (
    <span className="text-muted">
      expires <Ago time={at} />
    </span>
  )
}

function Revoke({ token, onClose }: { token: Token; onClose: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const revoke = useMutation(
    trpc.tokens.revoke.mutationOptions({
      async onSuccess() {
        await queryClient.invalidateQueries({ queryKey: trpc.tokens.list.queryKey() })
        onClose()
      },
    }),
  )
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Revoke ${token.name}?`}
      description="Programs that use it are refused from then on. It cannot be taken back."
    >
      {revoke.isError && <ProblemNote problem={problemOf(revoke.error)} />}
      <DialogButtons>
        <Button onClick={onClose}>Keep it</Button>
        <Button
          variant="danger"
          disabled={revoke.isPending}
          onClick={() => revoke.mutate({ tokenId: token.id })}
        >
          Revoke it
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
