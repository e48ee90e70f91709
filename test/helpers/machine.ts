import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startProgram } from '../../src/common/process.ts'
import { checkout } from './checkout.ts'
import { type CommandResult, runCommand } from './command.ts'

/** A copy of this machine with a systemd of its own; nothing that happens in it reaches the machine. */
export interface Machine {
  /** A folder that both see under the same path. */
  shared: string
  /** Runs a command in it, as root unless told otherwise. */
  run(
    command: readonly string[],
    options?: { user?: string; env?: Record<string, string> },
  ): Promise<CommandResult>
  /** The same through `bash -c`; throws unless it exits with 0, and returns what it printed. */
  sh(script: string, options?: { user?: string; env?: Record<string, string> }): Promise<string>
  stop(): Promise<void>
}

/** Where the checkout is seen in a machine. */
export const installed = '/opt/supabase-backup'

const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--cgroup', '--ipc', '--uts']

/** Why no machine can be booted here, or undefined: it takes root, and a kernel that lets it make the mounts. */
export async function machineImpossible(): Promise<string | undefined> {
  const mounts = `set -e
    mount --make-rprivate /
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/upper /mnt/work /mnt/root
    mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
    mount -t sysfs sysfs /mnt/root/sys
    mount -t cgroup2 cgroup2 /mnt/root/sys/fs/cgroup`
  const { code, stderr } = await runCommand('unshare', [...namespaces, 'sh', '-c', mounts])
  return code === 0 ? undefined : `no machine can be booted here: ${stderr.trim()}`
}

/** Boots in about a second. */
export async function bootMachine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-machine-'))
  const shared = join(folder, 'shared')
  const root = join(folder, 'machine')
  await mkdir(shared, { mode: 0o755 })
  await mkdir(root)
  const boot = startProgram({
    program: 'setpriv',
    args: [
      '--pdeathsig=KILL',
      'unshare',
      ...namespaces,
      join(import.meta.dirname, 'boot-machine.sh'),
      root,
      checkout,
      shared,
    ],
    env: { PATH: process.env['PATH'] },
    phase: 'test',
  })
  boot.stdout.resume()
  const machine = {
    shared,
    async run(command: readonly string[], options: { user?: string; env?: Record<string, string> } = {}) {
      const { user = 'root', env } = options
      const home = user === 'root' ? '/root' : `/home/${user}`
      const environment = Object.entries({ PATH: machinePath, HOME: home, LC_ALL: 'C.UTF-8', ...env })
      return runCommand('nsenter', [
        ...['--target', String(await firstProcess(boot.pid)), '--all'],
        ...['env', '-i', '--chdir=/', ...environment.map(([name, value]) => `${name}=${value}`)],
        ...['runuser', '-u', user, '--', ...command],
      ])
    },
    async sh(script: string, options: { user?: string; env?: Record<string, string> } = {}) {
      const { code, stdout, stderr } = await machine.run(['bash', '--norc', '-c', script], options)
      if (code !== 0) throw new Error(`exit code ${code} of: ${script}\n${stdout}${stderr}`)
      return stdout
    },
    async stop() {
      // When its first process goes, the kernel ends all the others.
      process.kill(await firstProcess(boot.pid), 'SIGKILL')
      await boot.ended
      await rm(folder, { recursive: true, force: true })
    },
  }
  await untilRunning(machine, boot.ended)
  return machine
}

const machinePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The machine's process 1, as this machine numbers it. */
async function firstProcess(unshare: number): Promise<number> {
  const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, 'utf8')
  return Number.parseInt(children, 10)
}

async function untilRunning(machine: Machine, ended: Promise<{ stderr: string }>): Promise<void> {
  let failure: string | undefined
  ended.then(({ stderr }) => {
    failure = stderr
  })
  for (let attempt = 0; attempt < 300 && failure === undefined; attempt += 1) {
    const { stdout } = await machine.run(['systemctl', 'is-system-running']).catch(() => ({ stdout: '' }))
    if (/^(running|degraded)/.test(stdout)) return
    await sleep(100)
  }
  await machine.stop()
  throw new Error(`The machine did not boot: ${failure ?? 'it took too long'}`)
}

/** A user of the machine with a systemd of their own, as after logging in. */
export interface MachineUser {
  home: string
  /** For `Machine.run` and `Machine.sh`. */
  as: { user: string; env: Record<string, string> }
}

/** Adds a user and starts their manager. */
export async function addUser(machine: Machine, user: string): Promise<MachineUser> {
  const uid = (await machine.sh(`useradd --create-home --shell /bin/bash ${user} && id -u ${user}`)).trim()
  const runtime = `/run/user/${uid}`
  const properties = '--property=Delegate=yes --property=Type=notify'
  await machine.sh(
    `mkdir -p /run/user && install -d -o ${user} -m 700 ${runtime} &&
     systemd-run --quiet --unit=user-${user} --uid=${user} ${properties} --setenv=XDG_RUNTIME_DIR=${runtime} \\
       /lib/systemd/systemd --user`,
  )
  return { home: `/home/${user}`, as: { user, env: { XDG_RUNTIME_DIR: runtime } } }
}
