import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Send } from 'lucide-react'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Empty } from '../ui/empty'
import { ChannelDialog } from './channel-dialog'
import { RowMenu } from './row-menu'
import { againEvery, type Channel, kindWords } from './words'

/** Where alerts are told. */
export function ChannelsCard({ isAdmin }: { isAdmin: boolean }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data: channels } = useSuspenseQuery({ ...trpc.alerts.channels.queryOptions(), ...againEvery })
  const [edited, setEdited] = useState<Channel | 'new' | null>(null)
  return (
    <Card aria-labelledby="channels">
      <CardHead title="Channels" id="channels">
        {isAdmin && (
          <Button
            size="small"
            variant={channels.length === 0 ? 'primary' : 'secondary'}
            onClick={() => setEdited('new')}
          >
            Add a channel
          </Button>
        )}
      </CardHead>
      {channels.length === 0 ? (
        <Empty title="No channel yet">
          <p>A channel says where alerts are told: {Object.values(kindWords).join(', ')}.</p>
        </Empty>
      ) : (
        <ul className="divide-y">
          {channels.map((channel) => (
            <ChannelRow key={channel.id} {...{ channel, isAdmin }} onEdit={() => setEdited(channel)} />
          ))}
        </ul>
      )}
      {edited !== null && (
        <ChannelDialog channel={edited === 'new' ? undefined : edited} onClose={() => setEdited(null)} />
      )}
    </Card>
  )
}

function ChannelRow(props: { channel: Channel; isAdmin: boolean; onEdit: () => void }) {
  const { channel, isAdmin, onEdit } = props
  const { id: channelId, name, kind, goesTo, secretsSetAt, last } = channel
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.alerts.pathKey() })
  const test = useMutation(trpc.alerts.testChannel.mutationOptions({ onSettled }))
  const remove = useMutation(trpc.alerts.removeChannel.mutationOptions({ onSettled }))
  const problem = test.error ?? remove.error
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-52 [overflow-wrap:anywhere]">
        <p className="font-medium">{name}</p>
        <p className="text-muted">
          {kindWords[kind]} to {goesTo}
        </p>
        {secretsSetAt === null && <p className="text-bad">Its secrets are to be typed anew.</p>}
      </div>
      {isAdmin && (
        <div className="flex gap-1 sm:order-last">
          <Button
            size="small"
            disabled={test.isPending}
            onClick={() => test.mutate({ channelId })}
            aria-label={`Test ${name}`}
          >
            <Send />
            Test
          </Button>
          <RowMenu name={name} onEdit={onEdit} onRemove={() => remove.mutate({ channelId })} />
        </div>
      )}
      <div className="min-w-0 basis-72 [overflow-wrap:anywhere] max-sm:basis-full" role="status">
        {test.isPending ? (
          <Status look={lookOf('sending')} />
        ) : last === null ? (
          <span className="text-muted">not used yet</span>
        ) : (
          <>
            <Status look={lookOf(last.state)} className="mr-2" />
            <span className="text-muted">
              <Ago time={last.at} />
              {last.answer !== null && ` · ${last.answer}`}
            </span>
          </>
        )}
      </div>
      {problem !== null && (
        <div className="basis-full">
          <ProblemNote problem={problemOf(problem)} />
        </div>
      )}
    </li>
  )
}
