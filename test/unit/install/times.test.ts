import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkout } from '../../helpers/checkout.ts'

const timers = join(checkout, 'templates/systemd')

/** Where clocks are put forward, an hour before four is skipped one night a year, and with it what would have begun then. */
const firstHourOfEveryDay = 4

it('no run is to begin at a time that a night of the year lacks, neither by a timer nor by the lines for cron', async () => {
  const hours: Record<string, number> = {}
  for (const name of (await readdir(timers)).filter((file) => file.endsWith('.timer'))) {
    const text = await readFile(join(timers, name), 'utf8')
    for (const [, time, hour] of text.matchAll(/^OnCalendar=(.* (\d+):\d+)$/gm))
      hours[`${name} ${time}`] = Number(hour)
    expect(text.match(/^OnCalendar=/gm)?.length).toBe(
      Object.keys(hours).filter((key) => key.startsWith(`${name} `)).length,
    )
  }
  const recipe = await readFile(join(checkout, 'src/shell/install/project.sh'), 'utf8')
  for (const [, line, hour] of recipe.matchAll(/'( {2}\d+ (\d+) \* \* \S+ .*)\\n'/g))
    hours[`cron ${line}`] = Number(hour)
  expect(Object.keys(hours).filter((key) => key.startsWith('cron')).length).toBe(4)
  expect(Object.keys(hours).length).toBeGreaterThan(8)
  expect(Object.entries(hours).filter(([, hour]) => !(hour >= firstHourOfEveryDay))).toEqual([])
})
