import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startHttpReceiver } from '../../../test/helpers/receivers.ts'
import { rule } from '../helpers/alerting.ts'
import { type Lab, makeLab, monthOf } from '../helpers/lab.ts'
import { failed, leaveReports, reportOf } from '../helpers/reports.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

let lab: Lab
let state: string
let board: RunningDashboard
let token: string
let receiver: Awaited<ReturnType<typeof startHttpReceiver>>
beforeEach(async () => {
  lab = await makeLab()
  state = await lab.addProject('shop', monthOf('shop'))
  receiver = await startHttpReceiver(['silence'])
  board = await startDashboard(lab)
  const { output } = await runCommand(lab, ['token', 'create', '--name', 'x', '--role', 'admin'])
  token = output.trim()
})
afterEach(async () => {
  await board.stop()
  await receiver.stop()
  await lab.remove()
})

async function call(path: string, body?: object) {
  const response = await fetch(`${board.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const answer = await response.json()
  expect(response.ok, JSON.stringify(answer)).toBe(true)
  return answer
}
const deliveries = async () => (await call('/api/v1/alerts/deliveries')).data
const soon = { timeout: 600_000, interval: 100 }

/** Kills the dashboard while the receiver holds its answer to a message back. */
async function killWhileSent(): Promise<void> {
  await leaveReports(state, [reportOf('shop', new Date(), failed)])
  await call('/api/trpc/settings.set', { alertsMayGoInside: true })
  const channel = { kind: 'webhook', url: `${receiver.url}/hook` }
  const { id: channelId } = await call('/api/v1/alerts/channels', { name: 'on call', channel })
  await call('/api/v1/alerts/rules', rule({ channelIds: [channelId], events: ['failed'] }))
  await expect.poll(() => receiver.received.length, soon).toBe(1)
  expect(await deliveries()).toMatchObject([{ what: 'opened', state: 'sending', attempts: 1, answer: null }])
  await board.stop('SIGKILL')
}

/** The time has come for what waits to be tried again, without the minute that it takes. */
function letItBeTime(): void {
  const database = new Sqlite(join(lab.directory, 'dashboard.sqlite'))
  database.prepare("update alert_deliveries set next_at = 1 where state = 'waiting'").run()
  database.close()
}

const cut = 'the dashboard ended while it was sent: it may have arrived'

test('a message is kept where the dashboard was killed while it was sent, says that it may have arrived, and is sent once more', async () => {
  await killWhileSent()
  board = await startDashboard(lab)
  expect(await deliveries()).toMatchObject([{ what: 'opened', state: 'waiting', attempts: 1, answer: cut }])
  letItBeTime()
  await expect
    .poll(deliveries, soon)
    .toMatchObject([
      { what: 'opened', state: 'delivered', attempts: 2, answer: expect.stringMatching(/^200/) },
    ])
  const [first, second] = receiver.received
  expect(receiver.received).toHaveLength(2)
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  // What was found before is not opened anew.
  expect((await call('/api/v1/alerts')).data).toMatchObject([{ subject: 'shop: backup FAILED' }])
})

test('a message that may have arrived before the dashboard was killed is followed by that its cause is gone', async () => {
  await killWhileSent()
  await leaveReports(state, [reportOf('shop', new Date())])
  board = await startDashboard(lab)
  await expect.poll(deliveries, soon).toMatchObject([
    { what: 'resolved', state: 'delivered' },
    { what: 'opened', state: 'dropped', attempts: 1, answer: cut },
  ])
  expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual([
    'alert.opened',
    'alert.resolved',
  ])
})
