import { and, asc, desc, eq } from 'drizzle-orm'
import type { z } from 'zod'
import { newId } from '../../auth/secrets.ts'
import type { Sealer } from '../../crypto/seal.ts'
import { channelPlace } from '../../crypto/sealed-fields.ts'
import type { Database } from '../../db/open.ts'
import { alertChannels, alertDeliveries } from '../../db/schema/index.ts'
import { notFound, Problem } from '../../problem.ts'
import { plainName } from '../plain-name.ts'
import {
  addressOf,
  type Channel,
  type ChannelChanges,
  channelSchema,
  dividedFields,
  goesTo,
} from './channel-kinds.ts'
import { rulesIn } from './stored-rules.ts'

const mostChannels = 100
export const channelNameSchema = plainName(80)

type Row = typeof alertChannels.$inferSelect
export type Channels = ReturnType<typeof channelsOf>

/** Where alerts are told. Secrets go in, and leave it only into what is sent. */
export function channelsOf({ database, sealer }: { database: Database; sealer: Sealer }) {
  const find = (id: string): Row => {
    const found = database.select().from(alertChannels).where(eq(alertChannels.id, id)).get()
    if (found === undefined) throw notFound('channel')
    return found
  }

  const open = ({ id, kind, settings, secrets }: Row): Channel => {
    if (secrets === null) throw secretsLost
    return channelSchema.parse({ kind, ...settings, ...JSON.parse(sealer.open(secrets, channelPlace(id))) })
  }

  const rowOf = (id: string, name: string, channel: Channel, now: Date) => {
    const { shown, secrets } = dividedFields(channel)
    return {
      ...{ id, name, kind: channel.kind, settings: shown, goesTo: goesTo(channel) },
      secrets: sealer.seal(JSON.stringify(secrets), channelPlace(id)),
      secretNames: Object.keys(secrets),
      secretsSetAt: now,
    }
  }

  const shown = (row: Row) => {
    const { id, name, kind, settings, goesTo, secretNames, secretsSetAt } = row
    const last = database
      .select()
      .from(alertDeliveries)
      .where(eq(alertDeliveries.channelId, id))
      .orderBy(desc(alertDeliveries.createdAt))
      .limit(1)
      .get()
    return {
      ...{ id, name, kind, settings, goesTo, secretNames },
      secretsSetAt: row.secrets === null ? null : secretsSetAt.toISOString(),
      last: last ? { state: last.state, at: last.createdAt.toISOString(), answer: last.answer } : null,
    }
  }

  return {
    find,
    /** With its secrets. @throws Problem CHANNEL_SECRETS_LOST, SEAL_BROKEN, KEY_MISSING */
    open,

    /** Without their secrets: of those there is only when they were set, and null where they are to be set anew. */
    list: () => database.select().from(alertChannels).orderBy(asc(alertChannels.name)).all().map(shown),

    /** One of the list. @throws Problem NOT_FOUND */
    get: (id: string) => shown(find(id)),

    /** What the audit says of it: of secrets which there are, and since when. @throws Problem NOT_FOUND */
    audited(id: string) {
      const { name, kind, settings, goesTo, secretNames, secretsSetAt } = find(id)
      const secrets = Object.fromEntries(secretNames.map((secret) => [secret, '***']))
      return { name, kind, goesTo, ...settings, ...secrets, secretsSetAt: secretsSetAt.toISOString() }
    },

    /** @throws Problem TOO_MANY_CHANNELS, KEY_MISSING */
    add(name: string, channel: Channel, now = new Date()): { channelId: string } {
      if (database.select({ id: alertChannels.id }).from(alertChannels).all().length >= mostChannels)
        throw tooMany
      const channelId = newId()
      const row = rowOf(channelId, name, channel, now)
      database
        .insert(alertChannels)
        .values({ ...row, createdAt: now })
        .run()
      return { channelId }
    },

    /**
     * What is not said stays as it is, and what is null is taken away. A secret never goes to another address than the one that it was typed for.
     * @throws Problem NOT_FOUND, CHANNEL_SECRET_NEEDED, CHANNEL_INVALID
     */
    change(id: string, changes: { name?: string | undefined; fields: ChannelChanges }, now = new Date()) {
      const row = find(id)
      const { fields, name = row.name } = changes
      const before = row.secrets === null ? undefined : open(row)
      const wanted = Object.entries({ ...row.settings, ...before, ...fields, kind: row.kind })
      const read = channelSchema.safeParse(Object.fromEntries(wanted.filter(([, value]) => value !== null)))
      if (!read.success) throw invalid(read.error)
      const channel = read.data
      const { secrets } = dividedFields(channel)
      const isElsewhere = before !== undefined && addressOf(before) !== addressOf(channel)
      if (isElsewhere && Object.keys(secrets).some((field) => !(field in fields))) throw secretNeeded
      const setAt = Object.keys(secrets).some((field) => field in fields) ? now : row.secretsSetAt
      database
        .update(alertChannels)
        .set({ ...rowOf(id, name, channel, now), secretsSetAt: setAt })
        .where(eq(alertChannels.id, id))
        .run()
    },

    /** @throws Problem NOT_FOUND, CHANNEL_USED */
    remove(id: string): void {
      find(id)
      const user = rulesIn(database).find(({ channelIds }) => channelIds.includes(id))
      if (user !== undefined) throw used(user.name)
      database.transaction(() => {
        // What waits for it has nowhere to go any more.
        database.update(alertDeliveries).set({ state: 'dropped' }).where(waitsFor(id)).run()
        database.delete(alertChannels).where(eq(alertChannels.id, id)).run()
      })
    },
  }
}

function waitsFor(channelId: string) {
  return and(eq(alertDeliveries.channelId, channelId), eq(alertDeliveries.state, 'waiting'))
}

const tooMany = new Problem({
  status: 409,
  code: 'TOO_MANY_CHANNELS',
  message: `There are ${mostChannels} channels at most.`,
  suggestion: 'Remove one first.',
})

function invalid({ issues: [issue] }: z.ZodError): Problem {
  return new Problem({
    status: 400,
    code: 'CHANNEL_INVALID',
    message: `The field ${issue?.path.join('.')} ${issue?.message ?? 'is not valid'}.`,
    suggestion: 'Correct it and try again.',
  })
}

const secretNeeded = new Problem({
  status: 400,
  code: 'CHANNEL_SECRET_NEEDED',
  message: 'The channel leads elsewhere now, and its secret was typed for the address before.',
  suggestion: 'Type the secret of the new address with it.',
})

const secretsLost = new Problem({
  status: 409,
  code: 'CHANNEL_SECRETS_LOST',
  message: 'The secrets of the channel cannot be opened, as the key that sealed them was lost.',
  suggestion: 'Change the channel under Alerts, and type its secrets anew.',
})

function used(rule: string): Problem {
  return new Problem({
    status: 409,
    code: 'CHANNEL_USED',
    message: `The rule ${rule} tells its alerts there.`,
    suggestion: 'Take the channel out of the rule first, or remove the rule.',
  })
}
