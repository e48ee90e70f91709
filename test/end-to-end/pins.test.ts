import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
/** Three archives, the oldest first, of which retention would keep the newest alone. */
let oldest: string
let middle: string

beforeAll(async () => {
  toolkit = await makeToolkit()
  await toolkit.configure({ BORG_RETENTION_DAYS: '1', MIN_ARCHIVES: '1' })
  expect((await toolkit.backup()).code).toBe(0)
  const [first = ''] = await toolkit.archives()
  oldest = 'shop-2026-01-01_00-00-00'
  middle = 'shop-2026-02-01_00-00-00'
  for (const name of [middle, oldest]) await copyAs(first, name)
})
afterAll(() => toolkit.remove())

/** Another archive of the same content, as a run of long ago would have left it. */
async function copyAs(from: string, name: string): Promise<void> {
  const listed = await toolkit.borg(['info', '--json', `::${from}`])
  const { archives } = z
    .object({ archives: z.array(z.object({ comment: z.string() })) })
    .parse(JSON.parse(listed.stdout))
  const made = ['create', '--comment', `${archives[0]?.comment}`, `::${name}`, '.']
  expect((await toolkit.borg(made, {}, toolkit.local)).code).toBe(0)
}

async function actionOf(name: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await toolkit.backup(['--prune-plan', '--json'], env)
  const { archives } = z
    .object({
      archives: z.array(
        z.object({ archive: z.object({ name: z.string() }), action: z.string(), reason: z.string() }),
      ),
    })
    .parse(JSON.parse(stdout))
  const found = archives.find(({ archive }) => archive.name === name)
  return `${found?.action}: ${found?.reason}`
}

test('A pinned archive is told with its reason, kept by retention, and refused to be deleted, until it is unpinned', async () => {
  expect(await actionOf(oldest)).toBe('prune: no rule keeps it')
  const reason = 'before the move, “keep”'
  const pinned = await toolkit.backup(['--pin', oldest, '--reason', reason])
  expect([pinned.code, pinned.stdout], pinned.stderr).toEqual([
    0,
    `${oldest} is pinned: retention keeps it.\n`,
  ])
  expect(await actionOf(oldest)).toBe('keep: pinned')
  expect((await toolkit.restore(['--list'])).stdout).toMatch(
    new RegExp(`^${oldest} .*complete, pinned: ${reason}$`, 'm'),
  )
  const refused = await toolkit.backup(['--delete', oldest])
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('ARCHIVE_PINNED')])
  expect(refused.stderr).toContain(`--unpin ${oldest}`)

  // Another machine knows nothing but the repository.
  expect(await actionOf(oldest, { XDG_STATE_HOME: `${toolkit.folder}/elsewhere` })).toBe('keep: pinned')

  expect((await toolkit.backup(['--prune'])).code).toBe(0)
  const names = await toolkit.archives()
  expect([names.includes(oldest), names.includes(middle)]).toEqual([true, false])

  // Pinned again it has the new reason.
  expect((await toolkit.backup(['--pin', oldest])).code).toBe(0)
  const { stdout } = await toolkit.restore(['--list', '--json'])
  expect(z.array(z.looseObject({ name: z.string() })).parse(JSON.parse(stdout))).toContainEqual(
    expect.objectContaining({ name: oldest, pin: { reason: '' } }),
  )
  expect((await toolkit.backup(['--unpin', oldest])).code).toBe(0)
  expect((await toolkit.backup(['--unpin', oldest])).code).toBe(0)
  expect((await toolkit.archives()).filter((name) => name.includes('pinned'))).toEqual([])
})

test('The backup of a night leaves an archive that is pinned, whatever was planned before, and takes one that is not', async () => {
  const [newest = ''] = (await toolkit.archives()).filter((name) => name !== oldest)
  await copyAs(newest, middle)
  expect((await toolkit.backup(['--pin', oldest])).code).toBe(0)
  expect((await toolkit.backup([], { FIXTURE_PRUNABLE: `${oldest} ${middle}` })).code).toBe(0)
  const names = await toolkit.archives()
  expect([names.includes(oldest), names.includes(middle)]).toEqual([true, false])
  expect((await toolkit.report())['pruned']).toEqual([middle])
})

test('What there is not, what is not certainly the project’s, and a reason of two lines, are refused; a pin that is left over can be taken away', async () => {
  const another = 'blog-2026-01-01_00-00-00'
  expect((await toolkit.borg(['create', `::${another}`, toolkit.envFile])).code).toBe(0)
  const refusals: [string[], string, number][] = [
    [['--pin', 'shop-2020-01-01_00-00-00'], 'ARCHIVE_MISSING', 1],
    [['--unpin', 'shop-2020-01-01_00-00-00'], 'ARCHIVE_MISSING', 1],
    [['--pin', another], 'ARCHIVE_NOT_OURS', 1],
    [['--pin', oldest, '--reason', 'a\nb'], '--reason is a line of at most 200 bytes', 2],
    [['--pin', oldest, '--reason', 'x'.repeat(201)], '--reason is a line of at most 200 bytes', 2],
    [['--delete', oldest, '--reason', 'x'], '--reason goes with --pin', 2],
  ]
  for (const [args, words, code] of refusals) {
    const refused = await toolkit.backup(args)
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(words)])
  }
  expect((await toolkit.borg(['delete', `::${oldest}`])).code).toBe(0)
  expect((await toolkit.backup(['--unpin', oldest])).code).toBe(0)
  expect((await toolkit.archives()).filter((name) => name.includes('pinned'))).toEqual([])
})
