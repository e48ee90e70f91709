import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** Both themes, wide and narrow, in pixels: how every screen is looked at. */
export const everyLook = [
  ['light', 1440],
  ['light', 360],
  ['dark', 1440],
  ['dark', 360],
] as const

/** Pictures to look at, of every screen. */
export const pictures = join(import.meta.dirname, '../../.screenshots')

/** Those of them that the docs show, and as what: `DOCS_PICTURES=1` puts new ones there. */
const inDocs: Record<string, string> = {
  'overview-alerts-light-1440': 'dashboard-overview.png',
  'restore-preview-light-1440': 'dashboard-restore.png',
  'analytics-light-1440': 'dashboard-analytics.png',
  'alerts-light-1440': 'dashboard-alerts.png',
}

/** A picture of the whole page, under a name that says theme and width. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const path = join(pictures, `${name}.png`)
  await page.screenshot({ path, fullPage: true })
  const shown = inDocs[name]
  if (process.env['DOCS_PICTURES'] && shown)
    await copyFile(path, join(import.meta.dirname, '../../../docs/images', shown))
}

export type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>

interface Look {
  theme?: 'light' | 'dark'
  width?: number
  signedIn?: SignedIn | undefined
}

/** A browser for the tests of one file. */
export async function openBrowser() {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await mkdir(pictures, { recursive: true })
  // The tests run as root in a container, where Chromium's own sandbox is not to be had.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
  const complaints: string[] = []
  async function openPage({ theme = 'light', width = 1440, signedIn }: Look = {}): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width, height: width < 500 ? 780 : 900 },
      colorScheme: theme,
      reducedMotion: 'reduce',
      // The page's own policy stands; axe is put in past it.
      ...(signedIn && { storageState: signedIn }),
    })
    // Only against what hangs, as vitest.config.ts has it.
    context.setDefaultTimeout(240_000)
    const page = await context.newPage()
    page.on('console', (message) => {
      // That there is no such page the browser says as well.
      const isExpected = message.location().url.endsWith('/nothing-here')
      if (message.type() === 'error' && !isExpected) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    return page
  }

  return {
    /** What the browser complained of, in any page: to be emptied by each test. */
    complaints,

    openPage,

    /** What a user who has signed in carries, for pages that begin so. */
    async signIn(url: string, email: string, password: string): Promise<SignedIn> {
      const page = await openPage()
      await page.goto(url)
      await page.getByLabel('Email address').fill(email)
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('button', { name: 'Your account' }).waitFor()
      const signedIn = await page.context().storageState()
      await page.context().close()
      return signedIn
    },

    /** Everything that axe finds. */
    async violations(page: Page): Promise<string[]> {
      await page.evaluate(axe)
      return page.evaluate(async () => {
        const { violations: found } = await Reflect.get(window, 'axe').run(document, {
          resultTypes: ['violations'],
        })
        return found.map(
          ({ id, nodes }: { id: string; nodes: { html: string }[] }) => `${id}: ${nodes[0]?.html}`,
        )
      })
    },

    close: () => browser.close(),
  }
}

export type TestBrowser = Awaited<ReturnType<typeof openBrowser>>

/** Whether something of a page is wider than the window, so that it scrolls sideways. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
}

/** Texts that stick out of their place, over what stands beside them. */
export function stickingOut(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('main *')]
      .filter((element) => {
        const { overflowX, display } = getComputedStyle(element)
        const isPlaced = ['grid', 'flex'].some((kind) =>
          getComputedStyle(element.parentElement ?? element).display.includes(kind),
        )
        const isShown = element.clientWidth > 1 && display !== 'inline' && overflowX === 'visible'
        return isPlaced && isShown && element.scrollWidth > element.clientWidth + 1
      })
      .map((element) => `${element.tagName} ${element.textContent?.slice(0, 60)}`),
  )
}

/** What is still being read is there. */
export function settled(page: Page): Promise<void> {
  return page.locator('[aria-hidden].bg-line\\/60').first().waitFor({ state: 'detached' })
}
