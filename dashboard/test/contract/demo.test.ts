import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { expect, test } from 'vitest'
import type { AppRouter } from '../../src/server/trpc/router.ts'
import { password } from '../helpers/app.ts'

const root = join(import.meta.dirname, '../../..')

/** Signs in by the first-run link, as a browser would. */
async function signInBy(link: string) {
  const { origin, hash } = new URL(link)
  let cookie = ''
  const client = createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${origin}/api/trpc`,
        headers: () => ({ origin, 'sec-fetch-site': 'same-origin', cookie }),
        async fetch(url, options) {
          const response = await fetch(url, { ...options, signal: null })
          cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
          return response
        },
      }),
    ],
  })
  const person = { email: 'demo@example.com', name: 'Demo', password }
  await client.session.setUp.mutate({ secret: hash.slice(1), ...person })
  return client
}

test('The demo shows three projects, a month, a failed night and a running backup, and ends cleanly', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dashboard-demo-'))
  // PostgreSQL may be another user's.
  await chmod(folder, 0o711)
  const demo = spawn(
    process.execPath,
    [join(root, 'src/sandbox/demo.ts'), '--dashboard', '--port', '0', 'small'],
    {
      env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(demo, 'exit')
  try {
    let link = ''
    for await (const line of createInterface({ input: demo.stdout })) {
      link ||= /http\S+\/set-up#\S+/.exec(line)?.[0] ?? ''
      if (line.startsWith('Ctrl-C')) break
    }
    const client = await signInBy(link)
    const isRunning = async () =>
      (await client.projects.list.query()).find(({ id }) => id === 'wiki')?.running?.kind
    await expect.poll(isRunning, { timeout: 600_000 }).toBe('backup')
    const shown = await client.projects.list.query()
    expect(shown.map(({ id }) => id).sort()).toEqual(['blog', 'shop', 'wiki'])
    expect(shown.find(({ id }) => id === 'blog')?.nights).toContain('failed')
    for (const { nights } of shown)
      expect(nights.filter((night) => night === 'success').length).toBeGreaterThan(25)
    const { totals } = await client.analytics.get.query({ days: 30 })
    expect([totals.backups.failed, totals.drills.good > 9]).toEqual([2, true])
  } finally {
    demo.kill('SIGINT')
    demo.stdout.resume()
  }
  expect(await ended).toEqual([0, null])
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true, force: true })
})
