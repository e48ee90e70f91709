import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { totpCode, totpStep } from '../../src/server/auth/totp.ts'
import {
  everyLook,
  isTooWide,
  openBrowser,
  pictures,
  type SignedIn,
  stickingOut,
  type TestBrowser,
  takePicture,
} from '../helpers/browser.ts'
import { canary, type Lab, makeLab, monthOf } from '../helpers/lab.ts'
import { degraded, failed, leaveReports, reportOf } from '../helpers/reports.ts'
import { type RunningRun, someEvents, startRunning } from '../helpers/running.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

const password = 'four odd words together'
const long = 'a-project-with-a-rather-long-name-as-some-have'

let lab: Lab
let board: RunningDashboard
let browser: TestBrowser
let run: RunningRun

beforeAll(async () => {
  lab = await makeLab()
  board = await startDashboard(lab)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await run?.stop()
  await board.stop()
  await lab.remove()
})
afterEach(() => {
  // Of one test each.
  expect(browser.complaints.splice(0)).toEqual([])
})

/** That a request was refused, as it was to be, the browser says too. */
function overlookRefusals(): void {
  const isOther = (text: string) => !/\b40[13]\b|TRPCClientError: This takes/.test(text)
  const others = browser.complaints.splice(0).filter(isOther)
  browser.complaints.push(...others)
}

/** The same of what cannot be now. */
function overlookConflicts(): void {
  const others = browser.complaints.splice(0).filter((text) => !/\b409\b/.test(text))
  browser.complaints.push(...others)
}

async function signIn(page: Page, to = '/'): Promise<void> {
  await page.goto(`${board.url}${to}`)
  await page.getByLabel('Email address').fill('ada@example.com')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** By the screen, as somebody would: one at times, one after it. */
async function addSchedules(page: Page): Promise<void> {
  await page.goto(`${board.url}/schedules`)
  for (const [project, trigger] of [
    ['shop', 'cron'],
    ['crm', 'after'],
  ] as const) {
    await page.getByRole('button', { name: 'New schedule' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill(trigger === 'cron' ? 'Nightly' : 'After the shop')
    await dialog.getByLabel('Project').selectOption(project)
    if (trigger === 'after') {
      await dialog.getByLabel('When', { exact: true }).selectOption('after')
      await dialog.getByLabel('After', { exact: true }).selectOption({ index: 1 })
    }
    await dialog.getByRole('button', { name: 'Save the schedule' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('listitem').filter({ hasText: project }).first().waitFor()
  }
}

let signedIn: SignedIn

describe('the first run', () => {
  test('says without its link how to get one', async () => {
    const page = await browser.openPage()
    await page.goto(board.url)
    await page.getByText('npm run dashboard').waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.context().close()
  })

  test('makes the first admin by the link, and shows what to do next', async () => {
    const page = await browser.openPage()
    await page.goto(board.link ?? '')
    await page.getByLabel('Name').fill('Ada Admin')
    await page.getByLabel('Email address').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('Password again').fill('something else')
    await page.getByRole('button', { name: 'Become the admin' }).click()
    await page.getByText('This is not the same password.').waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.getByLabel('Password again').fill(password)
    await page.getByRole('button', { name: 'Become the admin' }).click()
    await page.getByRole('heading', { name: 'No project yet' }).waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'overview-empty.png') })
    await page.getByRole('button', { name: 'Other ways' }).click()
    expect(await page.getByRole('menuitem').allTextContents()).toEqual([
      ...['Adopt an env file', 'Import and export', 'Removed projects'],
    ])
    signedIn = await page.context().storageState()
    await page.context().close()
  })

  test('is over then: the link leads to the sign-in', async () => {
    const page = await browser.openPage()
    await page.goto(board.link ?? '')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByText('This link was for the first admin, and there is one now.').waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.context().close()
  })
})

describe('with projects', () => {
  let screens: [name: string, path: string, heading: string | RegExp][]
  const dialogs = [
    ['start', '/projects/crm', 'Back up now'],
    ['schedule-new', '/schedules', 'New schedule'],
    ['user-new', '/people', 'Add a user'],
    ['user-edit', '/people', 'Edit vera@example.com'],
    ['token-new', '/people', 'Make a token'],
  ] as const

  beforeAll(async () => {
    const shop = await lab.addProject('shop', monthOf('shop', { 12: degraded, 19: failed }))
    const blog = monthOf('blog', { 0: failed, 5: degraded })
    const crm = monthOf('crm', { 0: degraded })
    await lab.addProject('blog', blog)
    await lab.addProject('crm', crm)
    await lab.addProject('fresh')
    await lab.addProject(long, monthOf(long, {}, Date.now() - 4 * 86_400_000))
    await writeFile(lab.envFile('broken'), 'BORG_REPOO=x\n', { mode: 0o600 })
    await writeFile(join(shop, 'runs/20260601T101500Z-check-11111111-newer.json'), '{"schema": 99}')
    await writeFile(join(shop, 'runs/20260602T101500Z-check-22222222-torn.json'), '{"sche')
    run = await startRunning(shop, 'shop', 'aaaaaaaa-0000-4000-8000-000000000001')
    await run.tell(...someEvents)
    const newest = (reports: typeof crm, kind: string) =>
      reports.findLast((report) => report.kind === kind)?.runId ?? ''
    screens = [
      ['overview', '/', /projects need you/],
      ['overview-filtered', '/?state=never&text=fr', /projects need you/],
      ['project', '/projects/shop', 'shop'],
      ['project-fresh', '/projects/fresh', 'fresh'],
      ['project-broken', '/projects/broken', 'broken'],
      ['run-live', `/projects/shop/runs/${run.runId}`, 'Backup of shop'],
      ['run-degraded', `/projects/crm/runs/${newest(crm, 'backup')}`, 'Backup of crm'],
      ['run-failed', `/projects/blog/runs/${newest(blog, 'backup')}`, 'Backup of blog'],
      ['run-drill', `/projects/crm/runs/${newest(crm, 'drill')}`, 'Drill of crm'],
      ['run-newer', '/projects/shop/runs/11111111-newer', 'Check of shop'],
      ['schedules', '/schedules', 'Schedules'],
      ['analytics', '/analytics', 'Analytics'],
      ['analytics-year', '/analytics?days=365&project=crm', 'Analytics'],
      ['account', '/account', 'Your account'],
      ['people', '/people', 'Users and tokens'],
      ['audit', '/audit', 'Audit'],
      ['settings', '/settings', 'Settings'],
      ['api', '/api-reference', 'API'],
      ['nothing', '/nothing-here', 'There is nothing here'],
    ]
    await runCommand(
      lab,
      ['user', 'create', '--email', 'vera@example.com', '--role', 'viewer'],
      `${password}\n`,
    )
    await runCommand(lab, ['token', 'create', '--name', 'ci', '--role', 'operator', '--expires', '90d'])
    const page = await browser.openPage({ signedIn })
    await page.goto(board.url)
    await page.getByRole('heading', { name: 'Running now' }).waitFor()
    await addSchedules(page)
    await page.context().close()
  })

  describe.each(everyLook)('in the %s theme at %d pixels', (theme, width) => {
    test('every screen fits, axe finds nothing in it, and the browser has no complaint', async () => {
      const page = await browser.openPage({ theme, width, signedIn })
      const faults: string[] = []
      for (const [name, path, heading] of screens) {
        await page.goto(`${board.url}${path}`)
        await page.getByRole('heading', { level: 1, name: heading }).waitFor()
        await page.locator('[aria-hidden].bg-line\\/60').waitFor({ state: 'detached' })
        if (await isTooWide(page)) faults.push(`${name} is too wide`)
        faults.push(...(await stickingOut(page)).map((what) => `${name} has sticking out: ${what}`))
        faults.push(...(await browser.violations(page)).map((what) => `${name}: ${what}`))
        await takePicture(page, `${name}-${theme}-${width}`)
      }
      expect(faults).toEqual([])
      await page.context().close()
    })

    test('every dialog fits, and axe finds nothing in it', async () => {
      const page = await browser.openPage({ theme, width, signedIn })
      const faults: string[] = []
      for (const [name, path, button] of dialogs) {
        await page.goto(`${board.url}${path}`)
        await page.getByRole('button', { name: button }).first().click()
        const box = await page.getByRole('dialog').boundingBox()
        if (box === null || box.x < 0 || box.x + box.width > width) faults.push(`${name} is too wide`)
        faults.push(...(await browser.violations(page)).map((what) => `${name}: ${what}`))
        await page.screenshot({ path: join(pictures, `${name}-${theme}-${width}.png`) })
      }
      expect(faults).toEqual([])
      await page.context().close()
    })
  })

  test.each(everyLook)(
    'a part of the database is chosen for a backup in the %s theme at %d pixels',
    async (theme, width) => {
      const page = await browser.openPage({ theme, width, signedIn })
      await page.goto(`${board.url}/projects/crm`)
      await page.getByRole('button', { name: 'Back up now' }).click()
      const dialog = page.getByRole('dialog', { name: 'Back up crm' })
      await dialog.getByText('Only a part of the database').click()
      await dialog.getByLabel('What of it').selectOption('schema')
      await dialog.getByLabel('Schemas').fill('app, reports')
      await dialog.getByLabel('Tables to leave out').fill('app.log_*')
      await dialog.getByText('A partial backup').waitFor()
      // Of the database alone, until more is chosen.
      expect(await dialog.getByLabel('Storage').isChecked()).toBe(false)
      await dialog.getByLabel('Storage').check()
      expect(await browser.violations(page)).toEqual([])
      expect(await isTooWide(page)).toBe(false)
      await page.screenshot({ path: join(pictures, `start-part-${theme}-${width}.png`) })
      let sent: unknown
      await page.route('**/api/trpc/runs.start*', async (route) => {
        sent = route.request().postDataJSON()
        await route.abort()
      })
      await dialog.getByRole('button', { name: 'Back up', exact: true }).click()
      await dialog.getByRole('alert').waitFor()
      expect(JSON.stringify(sent)).toContain(
        JSON.stringify({
          ...{ kind: 'backup', only: ['database', 'storage'], type: 'schema' },
          ...{ schemas: ['app', 'reports'], excludeTables: ['app.log_*'] },
        }),
      )
      browser.complaints.splice(0)
      await page.context().close()
    },
  )

  test('a schedule exports once an admin has said where to, and says that until then', async () => {
    const page = await browser.openPage({ width: 360, theme: 'dark', signedIn })
    await page.goto(`${board.url}/schedules`)
    await page.getByRole('button', { name: 'New schedule' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('To the warehouse')
    await dialog.getByLabel('What', { exact: true }).selectOption('export')
    await dialog.getByLabel('CSV').check()
    await dialog.getByLabel('Exports to keep').fill('3')
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'schedule-export-dark-360.png') })
    await dialog.getByRole('button', { name: 'Save the schedule' }).click()
    const note = dialog.getByRole('alert')
    await note.getByText('Nobody has said yet where exports of schedules go.').waitFor()
    // In a dialog that scrolls all of it is in sight.
    const [inside, outside] = [await note.boundingBox(), await dialog.boundingBox()]
    if (inside === null || outside === null) throw new Error('It is not shown.')
    expect(inside.y + inside.height).toBeLessThanOrEqual(outside.y + outside.height)
    overlookConflicts()
    await page.goto(`${board.url}/settings`)
    await page.getByLabel('Directory of exports').fill(lab.directory)
    await page.getByRole('button', { name: 'Keep the settings' }).click()
    await page.getByText('must not be where the dashboard or the projects keep their own').waitFor()
    overlookConflicts()
    await page.getByLabel('Directory of exports').fill(join(lab.folder, 'exports'))
    await page.getByRole('button', { name: 'Keep the settings' }).click()
    await page.getByText('They are kept.').waitFor()
    await page.goto(`${board.url}/schedules`)
    await page.getByRole('button', { name: 'New schedule' }).click()
    await dialog.getByLabel('Name').fill('To the warehouse')
    await dialog.getByLabel('What', { exact: true }).selectOption('export')
    await dialog.getByRole('button', { name: 'Save the schedule' }).click()
    await page.getByText('keeps 7 exports').waitFor()
    await page.context().close()
  })

  test('what was signed out of is asked for in place, and a form keeps what is in it', async () => {
    const page = await browser.openPage()
    await signIn(page, '/projects/crm')
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByLabel('Storage').uncheck()
    await page.context().clearCookies()
    await page.getByRole('button', { name: 'Back up', exact: true }).click()
    const again = page.getByRole('dialog', { name: 'You were signed out' })
    await again.waitFor()
    expect(await browser.violations(page)).toEqual([])
    await again.getByLabel('Password').fill(password)
    await again.getByRole('button', { name: 'Sign in' }).click()
    await again.waitFor({ state: 'detached' })
    expect(await page.getByLabel('Storage').isChecked()).toBe(false)
    overlookRefusals()
    await page.context().close()
  })

  test('who signs out is out, and comes back to where they wanted to go', async () => {
    const page = await browser.openPage()
    await signIn(page)
    await page.getByRole('button', { name: 'Your account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    await page.goto(`${board.url}/projects/crm?kind=drill`)
    await page.getByLabel('Email address').fill('ada@example.com')
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Address and password do not go together.').waitFor()
    expect(await browser.violations(page)).toEqual([])
    expect(await page.getByLabel('Email address').inputValue()).toBe('ada@example.com')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1, name: 'crm' }).waitFor()
    expect(await page.getByLabel('Filter by kind').inputValue()).toBe('drill')
    expect(await page.getByRole('dialog').count()).toBe(0)
    overlookRefusals()
    await page.context().close()
  })

  test('everything is reached with the keyboard alone', async () => {
    const page = await browser.openPage({ signedIn })
    await page.goto(board.url)
    await page.getByRole('heading', { name: 'Running now' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Project or screen' }).waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'palette.png') })
    await page.keyboard.type('crm')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'crm' }).waitFor()
    await page.getByRole('button', { name: 'Back up now' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Back up crm' })
    await dialog.waitFor()
    expect(await browser.violations(page)).toEqual([])
    // The focus stays in it, and goes back to where it was.
    for (let n = 0; n < 12; n += 1) {
      await page.keyboard.press('Tab')
      expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true)
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Back up now')
    await page.context().close()
  })

  test('a run goes on before one’s eyes, in every tab, and ends there', async () => {
    const context = await browser.openPage({ signedIn }).then((page) => page.context())
    const tabs = [context.pages()[0], await context.newPage()].filter((tab) => tab !== undefined)
    for (const tab of tabs) {
      await tab.goto(`${board.url}/projects/shop/runs/${run.runId}`)
      await tab.getByText('31 of 48 tables').waitFor()
    }
    const dumping = someEvents.find((event) => event.type === 'progress')
    if (dumping?.type !== 'progress') throw new Error('There is no progress.')
    await run.tell({ ...dumping, done: 47 })
    for (const tab of tabs) await tab.getByText('47 of 48 tables').waitFor()
    const state = join(lab.folder, 'state/supabase-backup/shop')
    await leaveReports(state, [{ ...reportOf('shop', new Date()), runId: run.runId }])
    for (const tab of tabs)
      await tab.getByText('What was restored').or(tab.getByText('Components')).first().waitFor()
    await context.close()
  })

  test('a viewer sees it all and is offered nothing that a viewer may not do', async () => {
    const page = await browser.openPage()
    await page.goto(`${board.url}/projects/crm`)
    await page.getByLabel('Email address').fill('vera@example.com')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1, name: 'crm' }).waitFor()
    expect(await page.getByRole('button', { name: 'Back up now' }).count()).toBe(0)
    await page.goto(board.url)
    await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Add', exact: true }).count()).toBe(0)
    for (const path of ['/import', '/add-project', '/people']) {
      await page.goto(`${board.url}${path}`)
      await page.getByRole('heading', { level: 1, name: 'This could not be shown' }).waitFor()
      expect(await page.locator('main input').count()).toBe(0)
    }
    overlookRefusals()
    await page.context().close()
  })

  test('whose groups have no project is told so, and not how to make one', async () => {
    const to = ['user', 'create', '--email', 'nora@example.com', '--role', 'admin', '--groups', 'nowhere']
    await runCommand(lab, to, `${password}\n`)
    const signedIn = await browser.signIn(board.url, 'nora@example.com', password)
    const page = await browser.openPage({ width: 360, signedIn })
    await page.goto(board.url)
    await page.getByText('Your role is for projects of nowhere.').waitFor()
    expect(await page.getByText('install.sh').count()).toBe(0)
    expect(await browser.violations(page)).toEqual([])
    await page.context().close()
  })

  test('an error is explained by the toolkit’s own page', async () => {
    const page = await browser.openPage({ signedIn })
    await page.goto(`${board.url}/projects/broken`)
    await page.getByText('CONFIG_UNKNOWN_VARIABLE').click()
    await page.getByText('most often a slip of the keyboard').waitFor()
    await page.context().close()
  })

  test('the second factor is set up by its picture’s secret and asked for at the next sign-in', async () => {
    const page = await browser.openPage({ signedIn })
    await page.goto(`${board.url}/account`)
    await page.getByLabel('Your password').fill(password)
    await page.getByRole('button', { name: 'Set it up' }).click()
    const secret = (await page.locator('code', { hasText: /^[A-Z2-7]{32}$/ }).textContent()) ?? ''
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'two-factor.png'), fullPage: true })
    await page.getByLabel('Code').fill(totpCode(secret, totpStep(new Date())))
    await page.getByRole('button', { name: 'Turn it on' }).click()
    await page.getByRole('button', { name: 'I have them' }).waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.screenshot({ path: join(pictures, 'recovery-codes.png'), fullPage: true })
    await page.getByRole('button', { name: 'I have them' }).click()
    await page.getByRole('button', { name: 'Turn it off' }).waitFor()
    const other = await browser.openPage()
    await signIn(other)
    // That of now was taken; the next is taken a little early.
    await other.getByLabel('Code of your app').fill(totpCode(secret, totpStep(new Date()) + 1))
    expect(await browser.violations(other)).toEqual([])
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByRole('heading', { level: 1, name: /projects/ }).waitFor()
    await other.context().close()
    await page.context().close()
  })

  test('no secret is in a page, in what the browser keeps, or in what the dashboard prints', async () => {
    const page = await browser.openPage({ signedIn })
    const seen: string[] = []
    page.on('response', (response) => {
      void response.text().then(
        (text) => seen.push(text),
        () => {},
      )
    })
    for (const [, path] of screens)
      await page.goto(`${board.url}${path}`, { waitUntil: 'networkidle' }).catch(() => {})
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
    const everything = [...seen, await page.content(), kept, board.output()].join('\n')
    expect(everything).toContain('shop')
    expect(everything).not.toContain(canary)
    expect(everything).not.toContain(password)
    await page.context().close()
  })
})
