import { useSuspenseQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { plural } from '~/client/units'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Empty } from '../ui/empty'
import { againEvery, type Message, whatWords } from './words'

const fewShown = 10

/** Each message to a channel, and what came of it. */
export function MessagesCard() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data: messages } = useSuspenseQuery({ ...trpc.alerts.deliveries.queryOptions(), ...againEvery })
  const [isAll, setAll] = useState(false)
  const shown = isAll ? messages : messages.slice(0, fewShown)
  return (
    <Card aria-labelledby="messages">
      <CardHead title="Messages" id="messages" />
      {messages.length === 0 ? (
        <Empty title="No message yet">
          <p>Each message to a channel stands here for 90 days, with what was answered.</p>
        </Empty>
      ) : (
        <ul className="divide-y">
          {shown.map((message) => (
            <MessageRow key={message.id} message={message} />
          ))}
        </ul>
      )}
      {shown.length < messages.length && (
        <Button variant="ghost" className="m-2" onClick={() => setAll(true)}>
          {plural(messages.length - shown.length, 'more message')}
        </Button>
      )}
    </Card>
  )
}

function MessageRow({ message }: { message: Message }) {
  const { subject, channelName, what, state, attempts, answer, createdAt, nextAt } = message
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-1 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-72 [overflow-wrap:anywhere]">
        <p>
          {whatWords[what]}
          {subject !== null && <> · {subject}</>}
        </p>
        <p className="text-muted">
          to {channelName}, <Ago time={createdAt} />
        </p>
      </div>
      <div className="min-w-0 basis-72 [overflow-wrap:anywhere] max-sm:basis-full">
        <Status look={lookOf(state)} className="mr-2" />
        <span className="text-muted">
          {attempts > 1 && `${attempts} attempts · `}
          {nextAt !== null && (
            <>
              next <Ago time={nextAt} />
              {answer !== null && ' · '}
            </>
          )}
          {answer}
        </span>
      </div>
    </li>
  )
}
