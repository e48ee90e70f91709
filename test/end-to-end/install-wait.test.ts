import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from '../../src/common/process.ts'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'

/** A real apt and dpkg with a root of their own, so that nothing on this machine is locked or installed. */
let folder: string
let env: Record<string, string>
const lists = () => join(folder, 'apt/var/lib/apt/lists/lock')
const frontend = () => join(folder, 'root/var/lib/dpkg/lock-frontend')

const control = `Package: supabase-backup-probe
Version: 1.0
Architecture: all
Maintainer: Nobody <nobody@example.com>
Description: probe
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-apt-'))
  const at = (path: string) => join(folder, path)
  for (const path of [
    ...[
      'apt/etc/apt/apt.conf.d',
      'apt/etc/apt/preferences.d',
      'apt/etc/apt/sources.list.d',
      'apt/var/log/apt',
    ],
    ...['apt/var/lib/apt/lists/partial', 'apt/var/cache/apt/archives/partial'],
    ...['root/var/lib/dpkg/info', 'root/var/lib/dpkg/updates', 'repo', 'package/DEBIAN', 'package/opt'],
  ])
    await mkdir(at(path), { recursive: true })
  await writeFile(at('root/var/lib/dpkg/status'), '')
  await writeFile(at('package/DEBIAN/control'), control)
  await writeFile(at('package/opt/probe'), 'probe\n')
  env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, LC_ALL: 'C', APT_CONFIG: at('apt.conf') }
  await runCommand('dpkg-deb', ['--build', at('package'), at('repo/probe.deb')], { env })
  const { size } = await stat(at('repo/probe.deb'))
  const [sum] = (await runCommand('sha256sum', [at('repo/probe.deb')], { env })).stdout.split(' ')
  await writeFile(at('repo/Packages'), `${control}Filename: ./probe.deb\nSize: ${size}\nSHA256: ${sum}\n`)
  await writeFile(at('apt/etc/apt/sources.list'), `deb [trusted=yes] file:${folder}/repo ./\n`)
  await writeFile(
    at('apt.conf'),
    `Dir "${folder}/apt";
     Dir::State::status "${folder}/root/var/lib/dpkg/status";
     Dir::Bin::dpkg "/usr/bin/dpkg";
     APT::Sandbox::User "";
     DPkg::Options { "--root=${folder}/root"; "--force-not-root"; "--force-bad-path"; };\n`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Another package manager at work: it holds a lock until the function returned is called. */
async function holdAptLock(path: string): Promise<() => Promise<void>> {
  const holder = startProgram({
    program: join(checkout, 'test/helpers/programs/hold-fcntl-lock.py'),
    args: [path],
    env,
    phase: 'test',
  })
  await once(holder.stdout, 'data')
  return async () => {
    holder.stdin.end()
    await holder.ended
  }
}

/** A function of install.sh's, as root would run it. */
function installer(call: string) {
  const program = startProgram({
    program: 'bash',
    args: [
      ...[
        '-c',
        'set -Eeuo pipefail; root=$1 as_root=(); shift; source "$root/src/shell/install/packages.sh"; "$@"',
      ],
      ...['bash', checkout, ...call.split(' ')],
    ],
    env,
    phase: 'test',
  })
  program.stdout.resume()
  return program
}

describe('while another package manager is at work', () => {
  it('the installer waits for its package lists, and says whom it waits for', async () => {
    const release = await holdAptLock(lists())
    const updating = installer('packages_update')
    await once(updating.stderr, 'data')
    await release()
    const { code, stderr } = await updating.ended
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('held by process')
  })

  it('the installer waits for its installation to end, then installs', async () => {
    const release = await holdAptLock(frontend())
    const options = ['install', '-qq', '-y', 'supabase-backup-probe']
    expect((await runCommand('apt-get', options, { env })).stderr).toContain('Could not get lock')

    const installing = installer('packages_install supabase-backup-probe')
    // Long enough to find the lock held; nothing tells from outside when apt has.
    await Promise.race([sleep(3_000), installing.ended])
    expect(await readFile(join(folder, 'root/var/lib/dpkg/status'), 'utf8')).toBe('')
    await release()
    const { code, stderr } = await installing.ended
    expect(code, stderr).toBe(0)
    expect(await readFile(join(folder, 'root/opt/probe'), 'utf8')).toBe('probe\n')
  })

  it('the installer gives up at an error that is not a lock', async () => {
    await writeFile(join(folder, 'apt/etc/apt/sources.list'), `deb [trusted=yes] file:${folder}/nowhere ./\n`)
    const { code, stderr } = await installer('packages_update').ended
    expect(code).toBe(1)
    expect(stderr).toContain('nowhere')
  })
})
