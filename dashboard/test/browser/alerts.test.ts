import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { receivers, secret } from '../helpers/alerting.ts'
import {
  isTooWide,
  openBrowser,
  pictures,
  type SignedIn,
  settled,
  type TestBrowser,
  takePicture,
} from '../helpers/browser.ts'
import { type Lab, makeLab, monthOf } from '../helpers/lab.ts'
import { failed, leaveReports, reportOf } from '../helpers/reports.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

const password = 'four odd words together'
const started = receivers()

let lab: Lab
let board: RunningDashboard
let browser: TestBrowser
let signedIn: SignedIn

beforeAll(async () => {
  lab = await makeLab()
  await lab.addProject('shop', monthOf('shop', { 0: failed }))
  await lab.addProject('blog', monthOf('blog'))
  await runCommand(lab, ['user', 'create', '--email', 'ada@example.com', '--role', 'admin'], `${password}\n`)
  board = await startDashboard(lab)
  browser = await openBrowser()
  signedIn = await browser.signIn(board.url, 'ada@example.com', password)
})
afterAll(async () => {
  await browser.close()
  await board.stop()
  await started.stop()
  await lab.remove()
})
afterEach(() => {
  expect(browser.complaints.splice(0)).toEqual([])
})

async function at(path: string): Promise<Page> {
  const page = await browser.openPage({ signedIn })
  await page.goto(`${board.url}${path}`)
  return page
}

/** Pictures of a screen in both themes and widths: it fits, and axe finds nothing in it. */
async function pictured(name: string, path: string, heading: RegExp | string) {
  for (const theme of ['light', 'dark'] as const)
    for (const width of [1440, 360]) {
      const page = await browser.openPage({ theme, width, signedIn })
      await page.goto(`${board.url}${path}`)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      await settled(page)
      expect([name, width, await isTooWide(page), await browser.violations(page)]).toEqual([
        ...[name, width, false, []],
      ])
      await takePicture(page, `${name}-${theme}-${width}`)
      await page.context().close()
    }
}

async function addChannel(page: Page, name: string, url: string) {
  await page.getByRole('button', { name: 'Add a channel' }).click()
  const dialog = page.getByRole('dialog', { name: 'New channel' })
  await dialog.getByLabel('Kind').selectOption('webhook')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Address').fill(url)
  await dialog.getByRole('button', { name: 'Save the channel' }).click()
  await dialog.waitFor({ state: 'detached' })
}

describe('alerts', () => {
  test('say the next step where there is nothing yet', async () => {
    await pictured('alerts-empty', '/alerts', 'Alerts')
    const page = await at('/alerts')
    await page.getByText('First add a channel').waitFor()
    await page.context().close()
  })

  test('are set up with a channel that is tried and a rule, told, seen in the overview and acknowledged', async () => {
    const web = await started.http()
    const page = await at('/alerts')
    await page.getByRole('button', { name: 'Add a channel' }).click()
    const dialog = page.getByRole('dialog', { name: 'New channel' })
    expect(await browser.violations(page)).toEqual([])
    await dialog.getByLabel('Name').fill('by mail')
    await dialog.getByLabel('To', { exact: true }).fill('nobody')
    await dialog.getByLabel('From').fill('backup@example.com')
    await dialog.getByRole('button', { name: 'Save the channel' }).click()
    await dialog.getByText('is no address of mail').waitFor()
    await page.screenshot({ path: join(pictures, 'alert-channel.png') })
    await dialog.getByRole('button', { name: 'Not now' }).click()
    await addChannel(page, 'on call', `${web.url}/${secret}`)
    await page.getByRole('button', { name: 'Test on call' }).click()
    await page.getByText('of this machine or a private network').first().waitFor()
    await page.goto(`${board.url}/settings`)
    await page.getByLabel('Alerts may go to this machine and private networks').check()
    await page.getByRole('button', { name: 'Keep the settings' }).click()
    await page.getByText('They are kept.').waitFor()
    await page.goto(`${board.url}/alerts`)
    await page.getByRole('button', { name: 'Test on call' }).click()
    await page.getByText('Delivered').first().waitFor()
    await page.getByRole('button', { name: 'Add a rule' }).click()
    const form = page.getByRole('dialog', { name: 'New rule' })
    await form.getByLabel('Name').fill('everything')
    await form.getByLabel('on call').check()
    // What failed last night is overdue too, from a certain hour on.
    await form.getByLabel('Overdue').uncheck()
    await form.getByLabel('Quiet from').fill('00:00')
    await form
      .getByRole('textbox', { name: 'to' })
      .or(form.getByLabel('to', { exact: true }))
      .fill('00:01')
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'alert-rule.png') })
    await form.getByLabel('Quiet from').fill('')
    await form.getByLabel('to', { exact: true }).fill('')
    await form.getByRole('button', { name: 'Save the rule' }).click()
    await page.getByRole('link', { name: 'shop: backup FAILED' }).waitFor()
    await expect.poll(() => web.received.length, { timeout: 240_000 }).toBe(2)
    await page.goto(board.url)
    await page.getByRole('link', { name: '1 alert that nobody has acknowledged' }).waitFor()
    await pictured('overview-alerts', '/', /needs? you/)
    await page.getByRole('link', { name: '1 alert that nobody has acknowledged' }).click()
    await page.getByRole('button', { name: 'Acknowledge shop: backup FAILED' }).click()
    await page.getByText('acknowledged by ada@example.com').waitFor()
    expect(await page.content()).not.toContain(secret)
    await page.context().close()
  })

  test('show what could not be told and why, and what is over', async () => {
    const web = await started.http([404, 503])
    const page = await at('/alerts')
    await addChannel(page, 'a channel of a rather long name, of which nobody is sure', `${web.url}/gone`)
    await page.getByRole('button', { name: 'What to do with the rule everything' }).click()
    await page.getByRole('menuitem', { name: 'Change …' }).click()
    const form = page.getByRole('dialog', { name: 'Change everything' })
    await form.getByLabel('a channel of a rather long name').check()
    await form.getByRole('button', { name: 'Save the rule' }).click()
    await form.waitFor({ state: 'detached' })
    for (const project of ['blog', 'shop'])
      await leaveReports(join(lab.folder, 'state/supabase-backup', project), [
        reportOf(project, new Date(), project === 'blog' ? failed : {}),
      ])
    await page.getByRole('link', { name: 'blog: backup FAILED' }).waitFor()
    await page.getByRole('heading', { name: 'Over' }).waitFor()
    await page.getByText('404').first().waitFor()
    await pictured('alerts', '/alerts', 'Alerts')
    await page.getByRole('button', { name: 'What to do with on call' }).click()
    await page.getByRole('menuitem', { name: 'Remove …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByText('The rule everything tells its alerts there.').waitFor()
    // The browser says by itself that a call was answered with 409.
    browser.complaints.splice(0)
    await page.context().close()
  })

  test('that come and go again and again say so, since when, and whether their cause is there just now', async () => {
    const shop = join(lab.folder, 'state/supabase-backup/shop')
    const database = new Sqlite(join(lab.directory, 'dashboard.sqlite'))
    const before = JSON.stringify([2, 1].map((hours) => Date.now() - hours * 3_600_000))
    database.prepare("update alerts set came_at = ? where subject = 'shop: backup FAILED'").run(before)
    database.close()
    const page = await at('/alerts')
    await leaveReports(shop, [reportOf('shop', new Date(), failed)])
    const alert = page.getByRole('listitem').filter({ hasText: 'shop: backup FAILED' }).first()
    await alert.getByText(/flapping: it has come and gone again and again since 2 h/).waitFor()
    await leaveReports(shop, [reportOf('shop', new Date())])
    await alert.getByText('not there just now').waitFor()
    await pictured('alerts-flapping', '/alerts', 'Alerts')
    await page.context().close()
  })
})

describe('a channel', () => {
  test('loses a secret that it can do without where that is asked for, and keeps it otherwise', async () => {
    const page = await at('/alerts')
    await page.getByRole('button', { name: 'Add a channel' }).click()
    const made = page.getByRole('dialog', { name: 'New channel' })
    await made.getByLabel('Kind').selectOption('webhook')
    await made.getByLabel('Name').fill('signed')
    await made.getByLabel('Address').fill(`https://hooks.example.com/${secret}`)
    await made.getByLabel('Key of the signature').fill('key-of-the-hook-1')
    await made.getByRole('button', { name: 'Save the channel' }).click()
    await made.waitFor({ state: 'detached' })
    const dialog = page.getByRole('dialog', { name: 'Change signed' })
    const open = async () => {
      await page.getByRole('button', { name: 'What to do with signed' }).click()
      await page.getByRole('menuitem', { name: 'Change …' }).click()
      await dialog.waitFor()
    }
    for (const boxes of [1, 0]) {
      await open()
      const box = dialog.getByRole('checkbox', { name: 'Take it away' })
      expect(await box.count()).toBe(1)
      if (boxes === 0) await box.check()
      await dialog.getByRole('button', { name: 'Save the channel' }).click()
      await dialog.waitFor({ state: 'detached' })
      await open()
      expect([await box.count(), await browser.violations(page)]).toEqual([boxes, []])
      await dialog.getByRole('button', { name: 'Not now' }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await page.context().close()
  })
})
