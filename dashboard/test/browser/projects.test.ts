import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  everyLook,
  isTooWide,
  openBrowser,
  pictures,
  type SignedIn,
  settled,
  type TestBrowser,
} from '../helpers/browser.ts'
import { type Lab, makeLab, monthOf } from '../helpers/lab.ts'
import { failed } from '../helpers/reports.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

const password = 'four odd words together'

let lab: Lab
let board: RunningDashboard
let browser: TestBrowser
let signedIn: SignedIn

beforeAll(async () => {
  lab = await makeLab()
  await lab.addProject('shop', monthOf('shop'))
  await lab.addProject('blog', monthOf('blog', { 0: failed }))
  await runCommand(lab, ['user', 'create', '--email', 'ada@example.com', '--role', 'admin'], `${password}\n`)
  board = await startDashboard(lab)
  browser = await openBrowser()
  signedIn = await browser.signIn(board.url, 'ada@example.com', password)
})
afterAll(async () => {
  await browser.close()
  await board.stop()
  await lab.remove()
})
afterEach(() => {
  expect(browser.complaints.splice(0)).toEqual([])
})

async function at(path: string, look: Parameters<TestBrowser['openPage']>[0] = {}): Promise<Page> {
  const page = await browser.openPage({ ...look, signedIn })
  await page.goto(`${board.url}${path}`)
  return page
}

const picture = (page: Page, name: string) =>
  page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })

describe('an admin of some groups', () => {
  test('is offered to export, not to add what they may not, and reads how far the role goes', async () => {
    const { output } = await runCommand(lab, ['token', 'create', '--name', 'x', '--role', 'admin'])
    const headers = { authorization: `Bearer ${output.trim()}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ groups: ['nora’s'] })
    await fetch(`${board.url}/api/v1/projects/blog`, { method: 'PATCH', headers, body })
    const to = ['user', 'create', '--email', 'nora@example.com', '--role', 'admin', '--groups', 'nora’s']
    await runCommand(lab, to, `${password}\n`)
    const nora = await browser.signIn(board.url, 'nora@example.com', password)
    const page = await browser.openPage({ signedIn: nora })
    await page.goto(board.url)
    await page.getByRole('link', { name: 'Export' }).waitFor()
    expect(await page.getByRole('button', { name: 'Add', exact: true }).count()).toBe(0)
    await page.getByRole('link', { name: 'Export' }).click()
    await page.getByRole('heading', { level: 1, name: 'Export projects' }).waitFor()
    expect(await page.getByRole('heading', { name: 'Import' }).count()).toBe(0)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ])
    expect(await readFile(await download.path(), 'utf8')).toMatch(/^name,.*\r\nblog,[^\n]*\r\n$/)
    await page.goto(`${board.url}/add-project`)
    await page.getByText('Your role is for some groups of projects').waitFor()
    expect(await page.locator('main input').count()).toBe(0)
    await page.goto(`${board.url}/account`)
    await page.getByText('nora@example.com · Admin of nora’s').waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.context().close()
  })
})

describe('a project', () => {
  test('is placed in an environment, groups and tags, by which the overview filters, also after a reload', async () => {
    const page = await at('/projects/shop/settings')
    await page.getByLabel('Environment').selectOption('production')
    await page.getByLabel('Groups').fill('team a, customers')
    await page.getByLabel('Tags').fill('eu')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page
      .locator('span', { hasText: /^Production$/ })
      .first()
      .waitFor()
    await page.goto(board.url)
    await page.getByLabel('Filter by group').selectOption('team a')
    await page.getByRole('link', { name: 'blog' }).nth(1).waitFor({ state: 'detached' })
    await page.getByLabel('Filter by environment').selectOption('production')
    await page.getByLabel('Filter by name, group or tag').fill('eu')
    await page.waitForURL(/text=eu/)
    await page.reload()
    expect(await page.getByLabel('Filter by group').inputValue()).toBe('team a')
    expect(await page.getByRole('table').getByRole('link').allTextContents()).toEqual(['shop'])
    await page.context().close()
  })

  test('is checked, and shows what stands in the way with its remedy', async () => {
    const page = await at('/projects/shop/health')
    await page.getByText('Not checked yet').waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Check now' }).click()
    await page
      .getByText(/^[1-9] fails?$/)
      .first()
      .waitFor({ timeout: 600_000 })
    await page.getByText('Check host and port, and that the database is running.').waitFor()
    await page.context().close()
  })

  test('that is to be added is refused by what its form says, and by what the trial found, with its remedy', async () => {
    const page = await at('/')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Add a project' }).click()
    await page.getByLabel('Name', { exact: true }).fill('new shop')
    await page.getByLabel('Self-hosted').check()
    await page.getByLabel('Address of its API').fill('http://169.254.169.254')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText('The name may hold letters').first().waitFor()
    await page.getByLabel('Name', { exact: true }).fill('new-shop')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText('where no project can be').first().waitFor()
    expect(await browser.violations(page)).toEqual([])
    await page.getByLabel('Address of its API').fill('http://127.0.0.1:9')
    await page.getByLabel('Connection string').fill('postgresql://postgres:typed-in@127.0.0.1:9/postgres')
    await page.getByLabel('Secret API key').fill('sb_secret_typed-in')
    await page.getByLabel('Borg repository').fill(join(lab.folder, 'new.borg'))
    await page.getByRole('button', { name: 'Make a strong one' }).click()
    await page.getByRole('button', { name: 'Try and add' }).click()
    await page.getByText('Something stands in the way.').waitFor({ timeout: 600_000 })
    expect(await browser.violations(page)).toEqual([])
    await picture(page, 'add-project-tried')
    await page.getByLabel('Add it all the same').check()
    await page.getByRole('button', { name: 'Try and add' }).click()
    await page.getByRole('heading', { level: 1, name: 'new-shop' }).waitFor({ timeout: 600_000 })
    const written = await readFile(lab.envFile('new-shop'), 'utf8')
    expect(written).toContain('SUPABASE_URL=http://127.0.0.1:9')
    expect(written).toContain('secrets --project new-shop')
    expect(written).not.toContain('typed-in')
    await page.context().close()
  })

  test('that was added rests, is removed when its name is typed, and is put back with its secrets', async () => {
    const page = await at('/projects/new-shop/settings')
    await page.getByRole('button', { name: 'Make it inactive' }).click()
    await page.getByText('Inactive', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Back up now' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Remove …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove new-shop' })
    expect(await dialog.getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Type new-shop to confirm').fill('new-shop')
    expect(await browser.violations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByText(/removed\/new-shop-.*\/new-shop\.env/).waitFor()
    await dialog.getByRole('link', { name: 'Removed projects' }).click()
    await page.getByRole('button', { name: 'Let go of new-shop' }).click()
    const last = page.getByRole('dialog', { name: 'Let go of new-shop for good' })
    await last.getByText('without the passphrase nobody reads its archives').waitFor()
    expect(await last.getByRole('button', { name: 'Let go' }).isDisabled()).toBe(true)
    expect(await browser.violations(page)).toEqual([])
    await picture(page, 'let-go')
    await last.getByRole('button', { name: 'Keep it' }).click()
    await page.getByRole('button', { name: 'Put back new-shop' }).click()
    await page.getByRole('heading', { level: 1, name: 'new-shop' }).waitFor()
    await page.goto(`${board.url}/projects/new-shop/settings`)
    await page.getByRole('button', { name: 'Remove …' }).click()
    await dialog.getByLabel('Type new-shop to confirm').fill('new-shop')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByText(/removed\/new-shop-/).waitFor()
    await page.context().close()
  })
})

describe('a file of projects', () => {
  test('is looked at first, with a verdict a project', async () => {
    const file = join(lab.folder, 'projects.csv')
    await writeFile(
      file,
      'name,environment,tags,BORG_RETENTION_DAYS,ONLY_IF\r\nshop,staging,"eu;new",30,\r\nother,,,,touch /tmp/x\r\n',
    )
    const page = await at('/import')
    await page.getByLabel('File').setInputFiles(file)
    await page.getByText('2 projects in projects.csv: 1 to be changed, 1 refused').waitFor()
    expect(await browser.violations(page)).toEqual([])
    await picture(page, 'import-plan')
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export as CSV' }).click()
    const exported = await readFile(await (await download).path(), 'utf8')
    expect(exported.split('\r\n')[0]).toMatch(/^name,environment,groups,tags,BORG_REPO/)
    await page.context().close()
  })
})

describe('every screen of projects', () => {
  test.each(everyLook)(
    'fits in the %s theme at %d pixels, and axe finds nothing in it',
    async (theme, width) => {
      const page = await browser.openPage({ theme, width, signedIn })
      for (const [name, path, heading] of [
        ['overview-placed', '/', /projects? needs? you|safe/],
        ['project-health', '/projects/shop/health', 'shop'],
        ['project-settings', '/projects/shop/settings', 'shop'],
        ['add-project', '/add-project', 'Add a project'],
        ['import', '/import', 'Import and export projects'],
        ['removed-projects', '/removed-projects', 'Removed projects'],
      ] as const) {
        await page.goto(`${board.url}${path}`)
        await page.getByRole('heading', { level: 1, name: heading }).waitFor()
        await settled(page)
        expect([name, await isTooWide(page), await browser.violations(page)]).toEqual([name, false, []])
        await picture(page, `${name}-${theme}-${width}`)
      }
      await page.context().close()
    },
  )
})
