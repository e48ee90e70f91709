import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Settings, settingsSchema } from '../../../src/config/variables.ts'
import type { Event } from '../../../src/notify/notifier.ts'
import { messageOf, notifiersOf } from '../../../src/notify/notify.ts'
import type { RunReport } from '../../../src/report/schema.ts'
import { startHttpReceiver, startMailServer } from '../../helpers/receivers.ts'
import { exampleReport, failedReport } from '../../helpers/reports.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function httpReceiver(statuses?: number[]) {
  const receiver = await startHttpReceiver(statuses)
  stops.push(receiver.stop)
  return receiver
}

const settings = (values: Partial<Record<keyof Settings, string>>) => settingsSchema.parse(values)

function messageAbout(report: RunReport, event: Event = 'failed') {
  return messageOf({ event, project: report.project, kind: report.kind, text: 'The summary <&> ```', report })
}

async function tell(values: Partial<Record<keyof Settings, string>>, message = messageAbout(failedReport())) {
  for (const notifier of notifiersOf(settings(values))) await notifier.told(message)
}

describe('Healthchecks', () => {
  it('hears of a start and of the exit status, paired by the run id, each kind of run at its own check', async () => {
    const receiver = await httpReceiver()
    const values = {
      HEALTHCHECKS_URL: `${receiver.url}/uuid-1/`,
      HEALTHCHECKS_DRILL_URL: `${receiver.url}/uuid-2?create=1`,
    }
    const runId = exampleReport().runId
    for (const notifier of notifiersOf(settings(values))) await notifier.started?.({ kind: 'backup', runId })
    await tell(values, messageAbout(exampleReport(), 'succeeded'))
    await tell(values, messageAbout(exampleReport({ outcome: 'degraded', exitCode: 3 }), 'degraded'))
    await tell(values, messageAbout(failedReport({ kind: 'drill' })))
    await tell(values, messageAbout(failedReport({ kind: 'check' })))
    expect(receiver.received.map(({ path }) => path)).toEqual([
      `/uuid-1/start?rid=${runId}`,
      `/uuid-1/0?rid=${runId}`,
      `/uuid-1/3?rid=${runId}`,
      `/uuid-2/1?create=1&rid=${runId}`,
    ])
    expect(receiver.received[1]?.body).toContain('The summary')
  })

  it('is tried again while the server is in trouble, and given up at once when the check does not exist', async () => {
    const receiver = await httpReceiver([503, 429])
    await tell({ HEALTHCHECKS_URL: `${receiver.url}/uuid` })
    expect(receiver.received).toHaveLength(3)
    const missing = await httpReceiver([404])
    await expect(tell({ HEALTHCHECKS_URL: `${missing.url}/uuid` })).rejects.toThrow(
      /^127\.0\.0\.1:\d+ answered 404$/,
    )
    expect(missing.received).toHaveLength(1)
  })
})

describe('the webhook', () => {
  it('gets event, texts and the whole report as JSON', async () => {
    const receiver = await httpReceiver()
    await tell({ WEBHOOK_URL: `${receiver.url}/hook` })
    expect(receiver.received[0]).toMatchObject({ path: '/hook', contentType: 'application/json' })
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toEqual({
      event: 'failed',
      project: 'shop',
      kind: 'backup',
      subject: 'shop: backup FAILED',
      text: 'The summary <&> ```',
      report: failedReport(),
    })
  })

  it('gets a Slack message with its control characters escaped', async () => {
    const receiver = await httpReceiver()
    await tell({ WEBHOOK_URL: receiver.url, WEBHOOK_FORMAT: 'slack' })
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toEqual({
      text: "*shop: backup FAILED*\n```\nThe summary &lt;&amp;&gt; '''\n```",
    })
  })

  it('gets a Discord message within its limit, which mentions nobody', async () => {
    const receiver = await httpReceiver()
    await tell(
      { WEBHOOK_URL: receiver.url, WEBHOOK_FORMAT: 'discord' },
      { ...messageAbout(failedReport()), text: 'x'.repeat(5000) },
    )
    const { content, allowed_mentions } = JSON.parse(receiver.received[0]?.body ?? '')
    expect(content.length).toBeLessThanOrEqual(2000)
    expect(content).toMatch(/^\*\*shop: backup FAILED\*\*\n```\nx+\n```$/)
    expect(allowed_mentions).toEqual({ parse: [] })
  })

  it('hears of a success only on request', async () => {
    const receiver = await httpReceiver()
    const success = messageAbout(exampleReport(), 'succeeded')
    await tell({ WEBHOOK_URL: receiver.url }, success)
    expect(receiver.received).toHaveLength(0)
    await tell({ WEBHOOK_URL: receiver.url, NOTIFY_ON_SUCCESS: 'true' }, success)
    expect(receiver.received).toHaveLength(1)
  })

  it('does not hear of an interruption: who made it knows', async () => {
    const receiver = await httpReceiver()
    const interrupted = messageAbout(failedReport({ outcome: 'interrupted', exitCode: 130 }), 'interrupted')
    await tell({ WEBHOOK_URL: receiver.url, NOTIFY_ON_SUCCESS: 'true' }, interrupted)
    expect(receiver.received).toHaveLength(0)
    await tell({ HEALTHCHECKS_URL: `${receiver.url}/uuid` }, interrupted)
    expect(receiver.received).toHaveLength(1)
  })
})

describe('mail', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'notify-mail-'))
    stops.push(() => rm(directory, { recursive: true }))
  })
  const addresses = { MAIL_FROM: 'backup@example.com', MAIL_TO: 'ops@example.com, me@example.com' }

  it('goes by SMTP with user and password', async () => {
    const server = await startMailServer('robot', 'secret-password')
    stops.push(server.stop)
    await tell({ ...addresses, SMTP_URL: server.url('robot:secret-password') })
    expect(server.received).toMatchObject([
      { from: 'backup@example.com', to: ['ops@example.com', 'me@example.com'] },
    ])
    expect(server.received[0]?.content).toContain('Subject: [supabase-backup] shop: backup FAILED')
    expect(server.received[0]?.content).toContain('Auto-Submitted: auto-generated')
    expect(server.received[0]?.content).toContain('The summary <&>')
  })

  it('fails with a reason that holds no password when the server refuses it', async () => {
    const server = await startMailServer('robot', 'secret-password')
    stops.push(server.stop)
    const failure = await tell({ ...addresses, SMTP_URL: server.url('robot:wrong-password') }).catch(
      (error) => error,
    )
    expect(failure).toBeInstanceOf(Error)
    expect(String(failure)).not.toContain('wrong-password')
    expect(server.received).toEqual([])
  })

  it('goes through sendmail without an SMTP server', async () => {
    const sendmail = join(directory, 'sendmail')
    await writeFile(
      sendmail,
      `#!/bin/sh\nprintf '%s\\n' "$@" >${directory}/args\nexec cat >${directory}/mail\n`,
    )
    await chmod(sendmail, 0o755)
    await tell({ ...addresses, SENDMAIL: sendmail })
    expect((await readFile(join(directory, 'args'), 'utf8')).split('\n')).toEqual([
      '-i',
      '-f',
      'backup@example.com',
      '--',
      'ops@example.com',
      'me@example.com',
      '',
    ])
    const sent = await readFile(join(directory, 'mail'), 'utf8')
    expect(sent).toContain('\nFrom: backup@example.com\nTo: ops@example.com, me@example.com\n')
    expect(sent).toContain('\n\nThe summary <&>')
  })

  it('says so when there is no sendmail', async () => {
    await expect(tell({ ...addresses, SENDMAIL: join(directory, 'nowhere') })).rejects.toThrow(
      /could not be started/,
    )
  })
})

it('Without any of the settings there is nobody to tell', () => {
  expect(notifiersOf(settings({}))).toEqual([])
})
