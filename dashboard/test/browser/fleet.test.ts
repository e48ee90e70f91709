import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeFleet } from '../bench/fleet.ts'
import { receivers, rule } from '../helpers/alerting.ts'
import {
  everyLook,
  isTooWide,
  openBrowser,
  type SignedIn,
  settled,
  type TestBrowser,
  takePicture,
} from '../helpers/browser.ts'
import { type Lab, makeLab } from '../helpers/lab.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

const password = 'four odd words together'
const projects = 500
const groups = ['shops', 'press', 'internal tools', 'agencies of the north']
const environments = ['production', 'staging', 'development']
const started = receivers()

let lab: Lab
let board: RunningDashboard
let browser: TestBrowser
let signedIn: SignedIn
/** Of a project, with as many runs as a month has. */
const aProject = 'project-000'

beforeAll(async () => {
  lab = await makeLab()
  await makeFleet(lab, { projects, nights: 31 })
  await runCommand(lab, ['user', 'create', '--email', 'ada@example.com', '--role', 'admin'], `${password}\n`)
  board = await startDashboard(lab)
  browser = await openBrowser()
  signedIn = await browser.signIn(board.url, 'ada@example.com', password)
  await label()
  await alert()
})
afterAll(async () => {
  await browser?.close()
  await board?.stop()
  await started.stop()
  await lab.remove()
})
afterEach(() => {
  expect(browser.complaints.splice(0)).toEqual([])
})

/** Calls as programs do. */
async function caller() {
  const { output } = await runCommand(lab, ['token', 'create', '--name', 'x', '--role', 'admin'])
  return async (method: string, path: string, body?: object) => {
    for (;;) {
      const response = await fetch(`${board.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${output.trim()}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
      const answer = await response.json()
      if (response.ok) return answer
      if (response.status !== 429) throw new Error(JSON.stringify(answer))
      await sleep(1000 * Number(response.headers.get('retry-after') ?? 1))
    }
  }
}

/** Groups, tags and environments, as a team of many has them. */
async function label(): Promise<void> {
  const database = new Sqlite(join(lab.directory, 'dashboard.sqlite'))
  const ids = database.prepare<[], { id: string }>('select id from projects order by id').all()
  const add = database.prepare('insert into project_labels (project_id, kind, label) values (?, ?, ?)')
  const place = database.prepare('update projects set environment = ? where id = ?')
  database.transaction(() => {
    for (const [index, { id }] of ids.entries()) {
      add.run(id, 'group', groups[index % groups.length])
      if (index % 7 === 0) add.run(id, 'tag', 'gdpr')
      place.run(environments[index % environments.length], id)
    }
  })()
  database.close()
}

/** Rules that find much, and a channel that takes it. */
async function alert(): Promise<void> {
  const call = await caller()
  await call('POST', '/api/trpc/settings.set', { alertsMayGoInside: true })
  const { url } = await started.http()
  const channel = { kind: 'webhook', url: `${url}/hook` }
  const { id } = await call('POST', '/api/v1/alerts/channels', { name: 'On call', channel })
  await call('POST', '/api/v1/alerts/rules', rule({ name: 'Whatever is wrong', channelIds: [id] }))
  while ((await call('GET', '/api/v1/alerts')).data.length < 5) await sleep(500)
}

describe('with 500 projects', () => {
  const screens = () =>
    [
      ['overview', '/', /projects/],
      ['overview-failed', '/?state=failed', /projects/],
      ['project', `/projects/${aProject}`, aProject],
      ['analytics', '/analytics', 'Analytics'],
      ['alerts', '/alerts', 'Alerts'],
      ['schedules', '/schedules', 'Schedules'],
    ] as const

  describe.each(everyLook)('in the %s theme at %d pixels', (theme, width) => {
    test('the screens fit, and axe finds nothing in them', async () => {
      const page = await browser.openPage({ theme, width, signedIn })
      const faults: string[] = []
      for (const [name, path, heading] of screens()) {
        await page.goto(`${board.url}${path}`)
        await page.getByRole('heading', { level: 1, name: heading }).waitFor()
        await settled(page)
        if (await isTooWide(page)) faults.push(`${name} is too wide`)
        faults.push(...(await browser.violations(page)).map((what) => `${name}: ${what}`))
        await takePicture(page, `fleet-${name}-${theme}-${width}`)
      }
      expect(faults).toEqual([])
      await page.context().close()
    })
  })

  const topOf = async (page: Page, name: string) =>
    (await page.getByRole('heading', { name, exact: true }).boundingBox())?.y ?? Number.NaN

  test.each([
    [1440, 900],
    [360, 1500],
  ])(
    'the table of projects begins near what needs somebody, and at once where one filters, at %d pixels',
    async (width, most) => {
      const page = await browser.openPage({ width, signedIn })
      await page.goto(board.url)
      await page.getByRole('heading', { name: 'Needs somebody now' }).waitFor()
      expect(await topOf(page, 'Projects')).toBeLessThan(most)
      await page.getByRole('button', { name: /more projects$/ }).click()
      await page.getByRole('heading', { name: 'Needs somebody now' }).waitFor({ state: 'detached' })
      expect(await topOf(page, 'Projects')).toBeLessThan(most / 2)
      await page.context().close()
    },
  )

  test('the alerts show the critical ones first, some of them, and are acknowledged at once', async () => {
    const page = await browser.openPage({ signedIn })
    await page.goto(`${board.url}/alerts`)
    const list = page.getByRole('region', { name: 'Open alerts' })
    await list.getByText('none of them acknowledged').waitFor()
    const words = await list.getByRole('listitem').allInnerTexts()
    expect(words).toHaveLength(20)
    const levels = words.map((text) => text.startsWith('Critical'))
    expect(levels).toEqual(levels.toSorted((a, b) => Number(b) - Number(a)))
    expect(levels[0]).toBe(true)
    await list.getByRole('button', { name: /more alerts$/ }).click()
    expect(await list.getByRole('listitem').count()).toBeGreaterThan(20)
    await list.getByRole('button', { name: /^Acknowledge all/ }).click()
    await list.getByText('all of them acknowledged').waitFor()
    await page.goto(board.url)
    await page.getByRole('heading', { name: 'Needs somebody now' }).waitFor()
    expect(await page.getByText('that nobody has acknowledged').count()).toBe(0)
    await page.context().close()
  })
})
