import type { Page } from 'playwright-core'
import { openBrowser, type SignedIn } from '../helpers/browser.ts'
import type { Lab } from '../helpers/lab.ts'
import { runCommand } from '../helpers/server.ts'

/** So many browsers that have seen nothing before; the first of them finds a server that has answered nothing since it was started. */
const looks = 5
const email = 'bench@example.com'
const password = 'four odd words together'

export interface FirstLook {
  /** Milliseconds until the browser has painted something of the page: of the first look, and the middle one of all. */
  coldMs: number
  paintMs: number
  /** Until the projects are there, the middle one. */
  readyMs: number
  /** Of all scripts, as they were sent. */
  scriptBytes: number
}

/** Somebody who has signed in, at an address where the dashboard will be again. */
export async function signInToLook(lab: Lab, url: string): Promise<SignedIn> {
  await runCommand(lab, ['user', 'create', '--email', email, '--role', 'viewer'], `${password}\n`)
  const browser = await openBrowser()
  try {
    return await browser.signIn(url, email, password)
  } finally {
    await browser.close()
  }
}

/** Looks at the overview, with an empty cache each time. */
export async function firstLook(url: string, signedIn: SignedIn): Promise<FirstLook> {
  const browser = await openBrowser()
  try {
    const seen: { paint: number; ready: number; bytes: number }[] = []
    for (let look = 0; look < looks; look += 1) {
      const page = await browser.openPage({ signedIn })
      await page.goto(url)
      await page.getByRole('link', { name: 'project-000' }).first().waitFor()
      seen.push(await timesOf(page))
      await page.context().close()
    }
    const middle = (of: 'paint' | 'ready') =>
      seen.map((one) => one[of]).sort((a, b) => a - b)[(looks - 1) / 2] ?? Number.NaN
    const [first] = seen
    return {
      coldMs: first?.paint ?? Number.NaN,
      ...{ paintMs: middle('paint'), readyMs: middle('ready') },
      scriptBytes: Math.max(...seen.map(({ bytes }) => bytes)),
    }
  } finally {
    await browser.close()
  }
}

/** By the browser's own clock, from when the page was asked for. */
function timesOf(page: Page): Promise<{ paint: number; ready: number; bytes: number }> {
  return page.evaluate(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint')
    const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
    return {
      paint: paint?.startTime ?? Number.NaN,
      ready: performance.now(),
      bytes: scripts.reduce((sum, script) => sum + Number(Reflect.get(script, 'encodedBodySize')), 0),
    }
  })
}
