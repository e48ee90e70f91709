import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { startContainerServer } from '../../../src/drill/container-server.ts'
import { findDrillImage, missingBounds } from '../../../src/drill/image.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drill-container-'))
  await mkdir(join(folder, 'bin'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A Podman that notes what it is called with, refuses a run with these bounds, and starts no server. */
async function fakePodman(refused: string): Promise<NodeJS.ProcessEnv> {
  const script = `#!/bin/bash
{ printf '%s\\x1f' "$@"; echo; } >>'${folder}/calls'
case $1 in
info) echo true ;;
run)
  for word; do [[ ! $word =~ ^(${refused})= ]] || exit 125; done
  [[ " $* " != *" --interactive "* ]] || exit 1
  printf '/usr/lib/postgresql/17/bin\\t17\\tvector=0.8\\n'
  ;;
esac
`
  const path = join(folder, 'bin/podman')
  await writeFile(path, script)
  await chmod(path, 0o755)
  return { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder }
}

/** The arguments of every container that was started. */
async function runs(): Promise<string[][]> {
  const calls = await readFile(join(folder, 'calls'), 'utf8')
  const called = calls.split('\x1f\n').map((line) => line.split('\x1f'))
  return called.filter(([verb]) => verb === 'run')
}

const find = async (refused: string) =>
  findDrillImage({
    config: { DRILL_IMAGE: 'postgres:17', environment: await fakePodman(refused) },
    log: silentLog,
    fetch: false,
  })

test('A container of DRILL_IMAGE, be it to look into the image or to serve, has no network, no rights and no place to write', async () => {
  const image = await find('--nothing')
  if (image === undefined) throw new Error('no image')
  const server = startContainerServer({
    ...{ directory: join(folder, 'server'), image, major: 17, binDirectory: '/usr/lib/postgresql/17/bin' },
    settings: {},
  })
  await expect(server).rejects.toThrow()
  const started = await runs()
  expect(started.some((args) => args.includes('--interactive'))).toBe(true)
  for (const args of started) {
    const options = args.slice(0, args.indexOf('postgres:17'))
    expect(options).toEqual(
      expect.arrayContaining([
        ...['--rm', '--network=none', '--read-only', '--cap-drop=all', '--security-opt=no-new-privileges'],
        ...['--pids-limit=1024', expect.stringMatching(/^--memory=\d+$/), '--pull=never'],
        expect.stringMatching(/^--user=[1-9]\d{4}:[1-9]\d{4}$/),
      ]),
    )
    // Nothing of this machine but the socket's folder and the name of its account, and no variable of ours.
    const given = options.filter((option) =>
      /^(-v|--volume|--mount|-e|--env|--privileged|--device)/.test(option),
    )
    for (const option of given)
      expect(option).toMatch(/^--volume=(\/var\/tmp|\/\S+:\/run\/postgresql|\/\S+\/passwd:\/etc\/passwd:ro)$/)
  }
})

test.each([
  ['--memory', ['--pids-limit'], 'no bound of memory for containers'],
  ['--pids-limit', ['--memory'], 'no bound of processes for containers'],
  ['--memory|--pids-limit', [], 'no control groups for containers'],
])('Where a machine refuses containers %s, the other bound stays', async (refused, kept, reason) => {
  const image = await find(refused)
  expect(image?.bounds.map((bound) => bound.split('=')[0])).toEqual(kept)
  expect(image && missingBounds(image)).toBe(reason)
})
