import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'

/** Where one is signed in. */
export function SessionsCard() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const { data: sessions } = useSuspenseQuery(trpc.account.sessions.queryOptions())
  const onSuccess = () => queryClient.invalidateQueries({ queryKey: trpc.account.sessions.queryKey() })
  const end = useMutation(trpc.account.endSession.mutationOptions({ onSuccess }))
  const endOthers = useMutation(trpc.account.endOtherSessions.mutationOptions({ onSuccess }))
  const problem = end.error ?? endOthers.error
  return (
    <Card aria-labelledby="sessions">
      <CardHead title="Where you are signed in" id="sessions">
        {sessions.length > 1 && (
          <Button size="small" disabled={endOthers.isPending} onClick={() => endOthers.mutate()}>
            End all others
          </Button>
        )}
      </CardHead>
      {problem !== null && (
        <div className="p-4">
          <ProblemNote problem={problemOf(problem)} />
        </div>
      )}
      <ul className="divide-y">
        {sessions.map(({ id, userAgent, address, createdAt, lastSeenAt, isThis }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
            <div className="min-w-0">
              <p className="font-medium">
                {browserOf(userAgent)}
                {isThis && <span className="font-normal text-muted"> · this one</span>}
              </p>
              <p className="text-muted">
                {address || 'an unknown address'} · since <Ago time={createdAt} /> · used{' '}
                <Ago time={lastSeenAt} />
              </p>
            </div>
            {!isThis && (
              <Button
                size="small"
                className="ml-auto"
                disabled={end.isPending}
                onClick={() => end.mutate({ sessionId: id })}
                aria-label={`End the session of ${browserOf(userAgent)} at ${address}`}
              >
                End
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** As people call it. */
function browserOf(userAgent: string): string {
  const names = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari']
  const shown: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' }
  const name = names.find((one) => userAgent.includes(`${one}/`))
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/
    .exec(userAgent)?.[0]
    ?.replace('Mac OS X', 'macOS')
  if (name === undefined) return userAgent.slice(0, 40) || 'An unknown browser'
  return `${shown[name] ?? name}${system === undefined ? '' : ` on ${system}`}`
}
