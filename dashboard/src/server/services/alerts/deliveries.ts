import { and, asc, count, desc, eq, gt, inArray, isNotNull, lt, lte, ne, or, sql } from 'drizzle-orm'
import { newId } from '../../auth/secrets.ts'
import type { Database } from '../../db/open.ts'
import { alertDeliveries, alerts } from '../../db/schema/index.ts'
import { Problem } from '../../problem.ts'
import type { Channels } from './channels.ts'
import { flappingWords } from './flapping.ts'
import type { Limits } from './guard.ts'
import { masked } from './masked.ts'
import { type AlertMessage, outgoingOf } from './messages.ts'
import { type Sent, send } from './send.ts'
import { sendMail } from './send-mail.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** Minutes after which a message is tried again; after the last it has failed. */
const againAfter = [1, 5, 15, 60, 180]
/** A receiver is not waited for longer than this, whatever it wants. */
const longestWaitMs = 6 * 3_600_000
const longestQuietMs = 26 * 3_600_000
/** Of a channel in one round: others are not to wait for a slow one. */
const mostOfChannel = 20
const keptDays = 90

export type Delivery = typeof alertDeliveries.$inferSelect
type What = Delivery['what']
export type Deliveries = ReturnType<typeof deliveriesOf>

/** Messages to channels: kept when they are asked for, sent when their time has come, again with patience, and kept then too. */
export function deliveriesOf(parts: {
  database: Database
  channels: Channels
  limits: () => Limits
  /** Where people reach the dashboard; undefined where it is not known. */
  publicUrl: string | undefined
}) {
  const { database, channels, limits, publicUrl } = parts
  let isSending = false
  let isClosing = false

  const alertOf = (id: string | null) =>
    id === null ? undefined : database.select().from(alerts).where(eq(alerts.id, id)).get()

  const messageOf = (delivery: Delivery): AlertMessage => {
    const { id, what, createdAt } = delivery
    const base = {
      what,
      deliveryId: id,
      link: publicUrl === undefined ? null : new URL('/alerts', publicUrl).href,
    }
    const alert = alertOf(delivery.alertId)
    if (alert === undefined)
      return {
        ...{ ...base, alertId: id, event: 'test', project: null, severity: 'warning', hasOthers: false },
        subject: 'A test of this channel',
        text: 'Somebody has pressed the test button of the dashboard. Nothing is wrong.',
        openedAt: createdAt.toISOString(),
      }
    const { event, severity, openedAt, projectName } = alert
    return {
      ...{ ...base, alertId: alert.id, event, severity, openedAt: openedAt.toISOString() },
      ...worded(alert, what),
      project: projectName,
      hasOthers: hasOthers(delivery),
    }
  }

  const hasOthers = ({ alertId, channelId }: Delivery): boolean => {
    if (alertId === null || channelId === null) return false
    const others = and(
      ...[eq(alertDeliveries.channelId, channelId), ne(alerts.id, alertId), isNotNull(alerts.openKey)],
      inArray(alertDeliveries.state, ['delivered', 'waiting', 'sending']),
    )
    const found = database
      .select({ count: count() })
      .from(alertDeliveries)
      .innerJoin(alerts, eq(alerts.id, alertDeliveries.alertId))
      .where(others)
      .get()
    return (found?.count ?? 0) > 0
  }

  const sendOne = async (delivery: Delivery, now: Date): Promise<Sent> => {
    try {
      const channel = channels.open(channels.find(delivery.channelId ?? ''))
      const message = messageOf(delivery)
      const sent =
        channel.kind === 'mail'
          ? await sendMail(channel, message, limits())
          : await send(outgoingOf(channel, message, now), limits())
      return { ...sent, answer: masked(sent.answer, channel) }
    } catch (error) {
      // Its secrets cannot be opened now; the key may come back.
      if (!(error instanceof Problem)) throw error
      return { isDelivered: false, mayRetry: true, answer: `${error.message} ${error.suggestion}` }
    }
  }

  /** Whether it is still to be told, when it was not yet. */
  const isWanted = ({ alertId, what }: Delivery): boolean => {
    if (what !== 'opened' && what !== 'repeated') return true
    const alert = alertOf(alertId)
    return alert !== undefined && alert.openKey !== null && alert.acknowledgedAt === null
  }

  /** What an attempt has made of a message. */
  const after = (delivery: Delivery, sent: Sent, now: Date): Partial<Delivery> => {
    if (sent.isDelivered) return { state: 'delivered', deliveredAt: now }
    const minutes = againAfter[delivery.attempts - 1]
    if (!sent.mayRetry || minutes === undefined || delivery.what === 'test') return { state: 'failed' }
    if (!isWanted(delivery)) return { state: 'dropped' }
    const waitMs = Math.min(Math.max(minutes * minuteMs, sent.retryAfterMs ?? 0), longestWaitMs)
    return { state: 'waiting', nextAt: new Date(now.getTime() + waitMs) }
  }

  const settle = (delivery: Delivery, sent: Sent, now: Date): void => {
    const mayHaveArrived = delivery.mayHaveArrived || sent.mayHaveArrived === true
    const changes = { ...after(delivery, sent, now), answer: sent.answer, mayHaveArrived }
    database.update(alertDeliveries).set(changes).where(eq(alertDeliveries.id, delivery.id)).run()
  }

  /** Tries one that waits; that it is tried is kept before it is. @returns whether the channel is to be left alone for a while */
  const attempt = async (id: string, now: Date): Promise<boolean> => {
    const claimed = database
      .update(alertDeliveries)
      .set({ state: 'sending', attempts: sql`${alertDeliveries.attempts} + 1` })
      .where(and(eq(alertDeliveries.id, id), eq(alertDeliveries.state, 'waiting')))
      .returning()
      .get()
    if (claimed === undefined) return false
    const sent = await sendOne(claimed, now)
    settle(claimed, sent, now)
    return !sent.isDelivered && sent.mayRetry
  }

  const sendRound = async (channelId: string, now: Date): Promise<void> => {
    const due = database
      .select({ id: alertDeliveries.id })
      .from(alertDeliveries)
      .where(and(isDue(now), eq(alertDeliveries.channelId, channelId)))
      .orderBy(asc(alertDeliveries.createdAt), asc(sql`rowid`))
      .limit(mostOfChannel)
      .all()
    for (const { id } of due) if (isClosing || (await attempt(id, now))) return
  }

  const put = (
    message: Pick<Delivery, 'alertId' | 'channelId' | 'what' | 'nextAt'>,
    channelName: string,
    now: Date,
    begun: Pick<Delivery, 'state' | 'attempts'> = { state: 'waiting', attempts: 0 },
  ): Delivery => {
    const row = { id: newId(), channelName, createdAt: now, ...message, ...begun }
    return database.insert(alertDeliveries).values(row).returning().get()
  }

  return {
    /** Lets a message wait for its time. */
    queue(
      message: { alertId: string; channelId: string; what: Exclude<What, 'test'>; nextAt: Date },
      now: Date,
    ): void {
      put(message, channels.find(message.channelId).name, now)
    },

    /** Sends a test, once. @returns what was answered @throws Problem NOT_FOUND */
    async test(channelId: string, now = new Date()): Promise<{ isDelivered: boolean; answer: string }> {
      const { name } = channels.find(channelId)
      const message = { alertId: null, channelId, what: 'test', nextAt: now } as const
      const delivery = put(message, name, now, { state: 'sending', attempts: 1 })
      const sent = await sendOne(delivery, now)
      settle(delivery, sent, now)
      return { isDelivered: sent.isDelivered, answer: sent.answer }
    },

    /** Sends what is due: channels at once, the messages of each in order. A second call while one goes on does nothing. */
    async sendDue(now = new Date()): Promise<void> {
      if (isSending) return
      isSending = true
      try {
        const due = database
          .selectDistinct({ channelId: alertDeliveries.channelId })
          .from(alertDeliveries)
          .where(isDue(now))
          .all()
        await Promise.all(
          due.map(({ channelId }) => (channelId === null ? undefined : sendRound(channelId, now))),
        )
      } finally {
        isSending = false
      }
    },

    /** From now on nothing more is begun: what waits is sent when the dashboard is there again. */
    close(): void {
      isClosing = true
    },

    /** What was being sent when the dashboard ended: nobody knows whether it arrived, so it is sent once more. */
    recover(now = new Date()): void {
      const cut = database.select().from(alertDeliveries).where(eq(alertDeliveries.state, 'sending')).all()
      const answer = 'the dashboard ended while it was sent: it may have arrived'
      const sent = { isDelivered: false, mayHaveArrived: true, mayRetry: true, answer }
      for (const delivery of cut) settle(delivery, sent, now)
    },

    /** Channels that have told of an alert, or may have: those say that it is over. */
    toldChannels(alertId: string): string[] {
      const told = and(
        ...[eq(alertDeliveries.alertId, alertId), inArray(alertDeliveries.what, ['opened', 'repeated'])],
        or(inArray(alertDeliveries.state, ['delivered', 'sending']), alertDeliveries.mayHaveArrived),
      )
      const rows = database
        .selectDistinct({ id: alertDeliveries.channelId })
        .from(alertDeliveries)
        .where(told)
        .all()
      return rows.flatMap(({ id }) => id ?? [])
    },

    /** Channels to which it is on its way that there is such an alert. */
    busyChannels(alertId: string): string[] {
      const busy = and(
        inArray(alertDeliveries.state, ['waiting', 'sending']),
        inArray(alertDeliveries.what, ['opened', 'repeated']),
      )
      const rows = database
        .selectDistinct({ id: alertDeliveries.channelId })
        .from(alertDeliveries)
        .where(and(eq(alertDeliveries.alertId, alertId), busy))
        .all()
      return rows.flatMap(({ id }) => id ?? [])
    },

    /** What waits about an alert is not told any more. */
    dropWaiting(alertId: string): void {
      const waiting = and(eq(alertDeliveries.alertId, alertId), eq(alertDeliveries.state, 'waiting'))
      database.update(alertDeliveries).set({ state: 'dropped' }).where(waiting).run()
    },

    /** Lets go of old ones. */
    prune(now: Date): void {
      const old = lt(alertDeliveries.createdAt, new Date(now.getTime() - keptDays * dayMs))
      const over = inArray(alertDeliveries.state, ['delivered', 'failed', 'dropped'])
      database.delete(alertDeliveries).where(and(old, over)).run()
    },

    /** Messages of all channels, tests too, the newest first. @param before the last one of the page before */
    list({ limit, before }: { limit: number; before?: { at: number; id: string } | undefined }) {
      return database
        .select({ delivery: alertDeliveries, subject: alerts.subject })
        .from(alertDeliveries)
        .leftJoin(alerts, eq(alerts.id, alertDeliveries.alertId))
        .where(before && isBefore(before))
        .orderBy(desc(alertDeliveries.createdAt), desc(alertDeliveries.id))
        .limit(limit)
        .all()
        .map(({ delivery, subject }) => shown(delivery, subject))
    },
  }
}

/** What a message says of an alert: of one that flaps also that, as it is not told each time. */
function worded({ subject, text, flappingSince }: typeof alerts.$inferSelect, what: What) {
  if (flappingSince === null || (what !== 'opened' && what !== 'repeated'))
    return { subject: `${prefixes[what]}${subject}`, text }
  const words = what === 'opened' ? 'Flapping' : 'Still flapping'
  return { subject: `${words}: ${subject}`, text: `${text} ${flappingWords(flappingSince)}` }
}

const prefixes = {
  opened: '',
  repeated: 'Still: ',
  acknowledged: 'Acknowledged: ',
  resolved: 'Resolved: ',
  test: '',
}

function isDue(now: Date) {
  // One that is further off than any wait was put there by a wrong clock.
  const never = gt(alertDeliveries.nextAt, new Date(now.getTime() + longestQuietMs))
  return and(eq(alertDeliveries.state, 'waiting'), or(lte(alertDeliveries.nextAt, now), never))
}

function isBefore({ at, id }: { at: number; id: string }) {
  const time = new Date(at)
  return or(
    lt(alertDeliveries.createdAt, time),
    and(eq(alertDeliveries.createdAt, time), lt(alertDeliveries.id, id)),
  )
}

function shown(delivery: Delivery, subject: string | null) {
  const { id, alertId, channelName, what, state, attempts, nextAt, answer, createdAt } = delivery
  return {
    ...{ id, alertId, subject, channelName, what, state, attempts, answer },
    createdAt: createdAt.toISOString(),
    nextAt: state === 'waiting' ? nextAt.toISOString() : null,
  }
}
