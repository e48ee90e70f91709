import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  isTooWide,
  openBrowser,
  pictures,
  type SignedIn,
  settled,
  type TestBrowser,
  takePicture,
} from '../helpers/browser.ts'
import { makeSandboxLab, type SandboxLab } from '../helpers/sandbox-lab.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

const password = 'four odd words together'
/** A script is waited for, which may take its time. */
const patience = { timeout: 240_000 }

let lab: SandboxLab
let board: RunningDashboard
let browser: TestBrowser
let signedIn: SignedIn
/** A full backup, one with a table more, and one of definitions alone. */
let older: string
let newer: string
let definitions: string
/** Of the restore that was put together. */
let draft: string

async function inSource(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: lab.source.sandbox.databaseUrl })
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

/** Which of them the project has: the table of the backup, and the one that was made by mistake. */
async function tables(): Promise<unknown[]> {
  const rows = await inSource(
    "select tablename from pg_tables where schemaname = 'public' and tablename in ('added', 'mistake')",
  )
  return rows.map(({ tablename }) => tablename)
}

beforeAll(async () => {
  lab = await makeSandboxLab()
  await lab.backUp()
  await inSource(
    "create table public.added (id int, note text); insert into public.added values (1, '<b>one</b>'), (2, null)",
  )
  await lab.backUp()
  await lab.backUp('--type', 'schema')
  ;[older = '', newer = '', definitions = ''] = await lab.archives()
  const settings = await readFile(join(lab.configuration, 'sandbox.env'), 'utf8')
  const of = (name: string, change: (text: string) => string) =>
    writeFile(
      join(lab.configuration, `${name}.env`),
      change(settings.replace("PROJECT_NAME='sandbox'", `PROJECT_NAME='${name}'`)),
      { mode: 0o600 },
    )
  await of('fresh', (text) => text.replace(/^BORG_REPO='(.*)'$/m, "BORG_REPO='$1-none'"))
  await of('broken', (text) => text.replace(/^BORG_PASSPHRASE=.*$/m, "BORG_PASSPHRASE='not the one'"))
  await runCommand(lab, ['user', 'create', '--email', 'ada@example.com', '--role', 'admin'], `${password}\n`)
  board = await startDashboard(lab)
  browser = await openBrowser()
  signedIn = await browser.signIn(board.url, 'ada@example.com', password)
})
afterAll(async () => {
  await browser?.close()
  await board?.stop()
  await lab?.remove()
})
afterEach(() => {
  // Of one test each.
  expect(browser.complaints.splice(0)).toEqual([])
})

/** A page whose every step is given time: scripts are waited for. */
async function openPage(look: { theme?: 'light' | 'dark'; width?: number } = {}): Promise<Page> {
  const page = await browser.openPage({ ...look, signedIn })
  page.setDefaultTimeout(patience.timeout)
  return page
}

const looks = [
  ['light', 1440],
  ['dark', 360],
] as const

/** In both themes and widths: nothing is cut off, axe finds nothing, and there is a picture to look at. */
async function lookAt(name: string, prepare: (page: Page) => Promise<void>): Promise<void> {
  for (const [theme, width] of looks) {
    const page = await openPage({ theme, width })
    await prepare(page)
    await settled(page)
    // That a script refused its answer the browser says too.
    const expected = browser.complaints.filter((text) => !/40[49]/.test(text))
    browser.complaints.splice(0, Number.POSITIVE_INFINITY, ...expected)
    expect([name, await isTooWide(page), await browser.violations(page)]).toEqual([name, false, []])
    await takePicture(page, `${name}-${theme}-${width}`)
    await page.context().close()
  }
}

const visit = (path: string, text: string | RegExp) => async (page: Page) => {
  await page.goto(`${board.url}${path}`)
  await page.getByText(text).first().waitFor(patience)
}

describe('the archives of a project', { timeout: 900_000 }, () => {
  test('are a screen of it, and one is pinned there, with the reason', async () => {
    const page = await openPage()
    await page.goto(`${board.url}/projects/sandbox`)
    await page
      .getByRole('navigation', { name: 'Screens of sandbox' })
      .getByRole('link', { name: 'Archives' })
      .click()
    await page.locator('li', { hasText: newer }).getByRole('link').click()
    await page.getByRole('button', { name: 'Pin' }).click()
    await page.getByLabel('Why').fill('before the migration')
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'archive-pin.png') })
    await page.getByRole('button', { name: 'Pin it' }).click()
    await page.getByText('It is pinned').waitFor()
    await page.goto(`${board.url}/projects/sandbox/archives/${newer}`)
    await page.getByText('pinned: before the migration').waitFor()
    expect(await page.getByRole('button', { name: 'Unpin' }).count()).toBe(1)
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0)
    await page.context().close()
  })

  test('are shown newest first, and what is in one; where there are none, or they cannot be read, why', async () => {
    await lookAt('archives', visit('/projects/sandbox/archives', older))
    await lookAt('archives-fresh', visit('/projects/fresh/archives', 'No version yet'))
    await lookAt('archives-broken', visit('/projects/broken/archives', 'passphrase'))
    await lookAt('archive', visit(`/projects/sandbox/archives/${newer}`, 'Components'))
    await lookAt(
      'archive-partial',
      visit(`/projects/sandbox/archives/${definitions}`, 'definitions without rows'),
    )
    await lookAt(
      'archive-none',
      visit('/projects/sandbox/archives/sandbox-2020-01-01_00-00-00', 'There is no archive'),
    )
    await lookAt('compare', visit(`/projects/sandbox/compare?from=${older}&to=${newer}`, 'They differ'))
  })

  test('are compared two by two, from their list', async () => {
    const page = await openPage()
    await page.goto(`${board.url}/projects/sandbox/archives`)
    await page.getByLabel(`Choose ${older} to be compared`).check(patience)
    await page.getByLabel(`Choose ${newer} to be compared`).check()
    await page.getByRole('button', { name: 'Compare two' }).click()
    await page.getByText('They differ').waitFor(patience)
    await page.getByText('public.added').first().waitFor()
    await page.context().close()
  })

  test('have first rows of tables, and files to be downloaded', async () => {
    const page = await openPage()
    await page.goto(`${board.url}/projects/sandbox/archives/${newer}`)
    await page.getByLabel('Filter the tables').fill('public.added', patience)
    await page.getByRole('button', { name: 'public.added' }).click()
    await page.getByRole('button', { name: 'First rows' }).click()
    await page.getByRole('cell', { name: '<b>one</b>' }).waitFor(patience)
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'archive-rows.png'), fullPage: true })
    await page.getByRole('button', { name: 'CSV' }).click()
    const link = page.getByRole('link', { name: /\.csv/ })
    await link.waitFor(patience)
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
    expect(await readFile(await download.path(), 'utf8')).toContain('<b>one</b>')
    await page.getByRole('button', { name: 'avatars' }).click()
    await page.getByRole('navigation', { name: 'Folder' }).waitFor()
    await settled(page)
    await page.screenshot({ path: join(pictures, 'archive-folder.png'), fullPage: true })
    await page.context().close()
  })

  test('would be kept or deleted by retention as its plan says, also by other rules', async () => {
    const page = await openPage()
    await page.goto(`${board.url}/projects/sandbox/archives`)
    await page.getByLabel('Days', { exact: true }).fill('1')
    await page.getByRole('button', { name: 'Show the plan' }).click()
    await page.getByRole('columnheader', { name: 'By these rules' }).waitFor(patience)
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'archives-plan.png'), fullPage: true })
    await page.context().close()
  })
})

describe('a restore, step by step', { timeout: 900_000 }, () => {
  const heading = (page: Page, name: string) => page.getByRole('heading', { name })
  const next = (page: Page) => page.getByRole('button', { name: 'Next' }).click()
  /** The address is there before its page is, and the proof of the restore says the same as that of the rollback. */
  const rollingBack = async (page: Page) => {
    await page.waitForURL(/\/runs\//)
    await page.getByRole('button', { name: 'Preview the rollback' }).waitFor({ state: 'detached' })
  }

  test('is chosen, previewed, confirmed and done; every step can be gone back to, and a reload loses nothing', async () => {
    const page = await openPage()
    await page.goto(`${board.url}/projects/sandbox/archives/${newer}`)
    await page.getByRole('link', { name: 'Restore …' }).click()
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByText(newer).waitFor(patience)
    await next(page)
    await page.getByRole('checkbox', { name: 'Storage' }).uncheck(patience)
    await page.locator('summary', { hasText: 'public' }).click()
    await page.getByRole('checkbox', { name: 'added' }).check()
    await next(page)
    await page.getByRole('radio', { name: 'The test project' }).check()
    // A reload keeps what was chosen, and each step can be gone back to.
    await page.reload()
    await heading(page, 'Where to?').waitFor()
    expect(await page.getByRole('radio', { name: 'The test project' }).isChecked()).toBe(true)
    await page.getByRole('button', { name: '2. What' }).click()
    expect(await page.getByRole('checkbox', { name: 'added' }).isChecked()).toBe(true)
    await page.getByRole('button', { name: '4. Preview' }).click()
    await page.getByRole('button', { name: 'Make the preview' }).click()
    await page.getByText('What would become of').waitFor(patience)
    draft = new URL(page.url()).searchParams.get('draft') ?? ''
    await next(page)
    const confirm = page.getByRole('button', { name: 'Restore over it' })
    await page.getByLabel('The target’s reference').fill('something else')
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel('The target’s reference').fill(lab.reference)
    await confirm.click()
    await heading(page, 'What came of it').waitFor(patience)
    await page.getByText('What was restored equals the backup').waitFor(patience)

    // And back: first what that would do, as the script says it.
    await page.getByRole('button', { name: 'Preview the rollback' }).click()
    await page.getByText('TABLE public added').waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'restore-rollback.png'), fullPage: true })
    await page.getByLabel('The target’s reference').fill(lab.reference)
    await page.getByRole('button', { name: 'Roll back', exact: true }).click()
    await rollingBack(page)
    await page.getByText('What was restored equals the backup').waitFor()
    await page.context().close()
  })

  test('looks as it should at each step', async () => {
    expect(draft).not.toBe('')
    const at = (step: string, text: string | RegExp) =>
      lookAt(`restore-${step}`, visit(`/projects/sandbox/restore?draft=${draft}&step=${step}`, text))
    await lookAt('restore', visit('/projects/sandbox/restore', 'step by step'))
    await at('source', newer)
    await at('parts', 'Leave alone')
    await at('target', 'The test project')
    await at('preview', 'What would become of')
    await at('confirm', 'Is it meant?')
    await at('result', 'What came of it')
    const page = await openPage()
    await page.goto(`${board.url}/projects/sandbox/restore`)
    await page.getByRole('list', { name: 'Begun before' }).getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('list', { name: 'Begun before' }).waitFor({ state: 'detached' })
    await page.context().close()
  })

  test('over the project itself is previewed, confirmed with the password, watched and proved; and taken back after a look', async () => {
    await inSource('drop table public.added; create table public.mistake (id int)')
    const page = await openPage()
    await page.goto(`${board.url}/projects/sandbox/archives/${newer}`)
    await page.getByRole('link', { name: 'Restore …' }).click()
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByText(newer).waitFor()
    await next(page)
    await page.getByRole('checkbox', { name: 'Storage' }).uncheck()
    await next(page)
    await page.getByRole('radio', { name: 'sandbox itself' }).check()
    await next(page)
    await page.getByRole('button', { name: 'Make the preview' }).click()
    await page.getByText('TABLE public mistake').waitFor()
    await next(page)

    const reference = (await page.getByRole('strong').textContent()) ?? ''
    const typed = page.getByLabel('The target’s reference')
    const confirm = page.getByRole('button', { name: 'Restore over it' })
    await typed.fill(reference)
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel('Your password').fill('not the one')
    await confirm.click()
    // What was typed stays, nothing was begun.
    await page.getByRole('alert').filter({ hasText: 'password' }).waitFor()
    // The browser says the refusal too.
    expect(browser.complaints.splice(0)).toEqual([expect.stringMatching(/40[013]/)])
    expect([await typed.inputValue(), await tables()]).toEqual([reference, ['mistake']])
    await page.getByLabel('Your password').fill(password)
    await confirm.click()
    await heading(page, 'It goes on').waitFor()
    await heading(page, 'Progress').waitFor()
    await heading(page, 'What came of it').waitFor()
    await page.getByText('What was restored equals the backup').waitFor()
    expect(await tables()).toEqual(['added'])

    await page.getByRole('button', { name: 'Preview the rollback' }).click()
    await page.getByText('TABLE public mistake').waitFor()
    expect([await tables(), await browser.violations(page)]).toEqual([['added'], []])
    await typed.fill(reference)
    await page.getByLabel('Your password').fill(password)
    await page.getByRole('button', { name: 'Roll back', exact: true }).click()
    await rollingBack(page)
    await page.getByText('What was restored equals the backup').waitFor()
    expect(await tables()).toEqual(['mistake'])
    await page.context().close()
  })
})
