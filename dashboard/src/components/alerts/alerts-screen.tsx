import { useSuspenseQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { ScreenHead } from '../screen-head'
import type { User } from '../screens'
import { Ago } from '../time'
import { Card, CardHead } from '../ui/card'
import { Empty } from '../ui/empty'
import { ChannelsCard } from './channels-card'
import { MessagesCard } from './messages-card'
import { OpenAlerts } from './open-alerts'
import { RulesCard } from './rules-card'
import { againEvery } from './words'

/** What is wrong and who is told of it; rules and channels. */
export function AlertsScreen({ user }: { user: User }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data: open } = useSuspenseQuery({ ...trpc.alerts.open.queryOptions(), ...againEvery })
  const isAdmin = user.role === 'admin'
  return (
    <div className="stack gap-6">
      <ScreenHead title="Alerts" note="What rules have found, until its cause is gone, and who was told." />
      {open.length === 0 ? (
        <Card>
          <Empty title="Nothing is open">
            <p>What a rule finds stands here until its cause is gone.</p>
          </Empty>
        </Card>
      ) : (
        <OpenAlerts alerts={open} mayAcknowledge={user.role !== 'viewer'} />
      )}
      {user.groups === null && (
        <>
          <RulesCard isAdmin={isAdmin} />
          <ChannelsCard isAdmin={isAdmin} />
          <MessagesCard />
        </>
      )}
      <OverCard />
    </div>
  )
}

function OverCard() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data: over } = useSuspenseQuery(trpc.alerts.over.queryOptions())
  if (over.length === 0) return null
  return (
    <Card aria-labelledby="over">
      <CardHead title="Over" id="over" />
      <ul className="divide-y">
        {over.map((alert) => (
          <li key={alert.id} className="flex flex-wrap gap-x-6 gap-y-1 px-4 py-2.5">
            <span className="min-w-0 flex-1 basis-72 [overflow-wrap:anywhere]">{alert.subject}</span>
            <span className="text-muted">
              began <Ago time={alert.openedAt} />, over <Ago time={alert.resolvedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
