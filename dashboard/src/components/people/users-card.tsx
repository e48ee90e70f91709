import { CircleCheck, CircleDashed, CircleSlash } from 'lucide-react'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { AddUser } from './add-user'
import { EditUser, type User } from './edit-user'
import { rightsInWords } from './rights-fields'

/** Who signs in, and what they may. */
export function UsersCard({ users, groups, ownEmail }: Outputs['users']['list'] & { ownEmail: string }) {
  const [open, setOpen] = useState<string | 'new'>()
  const edited = users.find(({ id }) => id === open)
  return (
    <Card aria-labelledby="users">
      <CardHead title="Users" id="users">
        <Button size="small" variant="primary" onClick={() => setOpen('new')}>
          Add a user
        </Button>
      </CardHead>
      <ul className="divide-y">
        {users.map((user) => (
          <li key={user.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
            <div className="min-w-0 flex-1 basis-52">
              <p className="truncate font-medium">
                {user.name}
                {user.email === ownEmail && <span className="font-normal text-muted"> · you</span>}
              </p>
              <p className="truncate text-muted">{user.email}</p>
            </div>
            <Button
              size="small"
              className="sm:order-last"
              aria-label={`Edit ${user.email}`}
              onClick={() => setOpen(user.id)}
            >
              Edit
            </Button>
            <p className="min-w-0 flex-1 basis-40 [overflow-wrap:anywhere] max-sm:basis-full">
              {rightsInWords(user)}
            </p>
            <Status look={lookOf(user)} className="basis-40" />
            <p className="basis-32 text-muted">
              {user.lastSeenAt === null ? (
                'not signed in'
              ) : (
                <>
                  seen <Ago time={user.lastSeenAt} />
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
      {open === 'new' && <AddUser groups={groups} onClose={() => setOpen(undefined)} />}
      {edited !== undefined && (
        <EditUser
          key={edited.id}
          user={edited}
          groups={groups}
          isOneself={edited.email === ownEmail}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Card>
  )
}

function lookOf({ deactivatedAt, hasPassword, hasTotp }: User) {
  if (deactivatedAt !== null) return { word: 'Deactivated', tone: 'bad', icon: CircleSlash } as const
  if (!hasPassword) return { word: 'Has no password yet', tone: 'warn', icon: CircleDashed } as const
  if (hasTotp) return { word: 'Two-factor', tone: 'good', icon: CircleCheck } as const
  return { word: 'Password only', tone: 'quiet', icon: CircleDashed } as const
}
