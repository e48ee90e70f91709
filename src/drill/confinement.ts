import { chown, lchown, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toBackupError } from '../common/errors.ts'
import { runProgram } from '../common/process.ts'
import { type Account, accountOfItsOwn } from './account.ts'
import { ofSystem } from './system-programs.ts'

const phase = 'sandbox/confinement'
const script = fileURLToPath(new URL('confine.sh', import.meta.url))

/** A program and its arguments. */
export interface Call {
  program: string
  args: string[]
}

/** How a server whose contents are not trusted is kept apart from this machine. */
export interface Confinement {
  /**
   * `namespaces`: no network, a read-only root without programs, writable in its own folders alone. `account`: only
   * what the rights of its account leave open.
   */
  level: 'namespaces' | 'account'
  /** Why it is no more than `account`. */
  reason: string | undefined
  /** Whom it runs as; undefined for ourselves. */
  account: Account | undefined
  /** The call that runs a program so. It keeps its process number, and ends when this process does. */
  wrap(call: Call): Call
  /** What that program's environment needs, by the folder it is in. */
  env(bin: string): Record<string, string>
}

export interface ConfinementOptions {
  /** The server's folder: gets an empty `root/`. */
  directory: string
  /** Folders it may write in; the account has to own them. */
  writable: readonly string[]
  /** Folders outside of the system's own that it has to read, such as that of its programs. */
  readable: readonly string[]
  /** A call that shows whether it works. */
  probe: Call
}

/** Finds the best confinement this machine permits. */
export async function confine(options: ConfinementOptions): Promise<Confinement> {
  const isRoot = process.getuid?.() === 0
  const account = isRoot ? await accountOfItsOwn() : undefined
  const root = join(options.directory, 'root')
  await mkdir(root, { recursive: true })
  const wrap = (call: Call) => inNamespaces(call, { ...options, root, account })
  const reason = await runProgram({
    ...wrap(options.probe),
    env: { ...ofSystem, ...originOf(dirname(options.probe.program)) },
    phase,
    suggestion: '',
  }).then(
    () => undefined,
    (thrown: unknown) => toBackupError(thrown, phase).detail ?? 'unshare failed',
  )
  if (reason === undefined) return { level: 'namespaces', reason, account, wrap, env: originOf }
  return { level: 'account', reason, account, wrap: (call) => asAccount(account, call), env: () => ({}) }
}

/** Where a program's own libraries are counted from ($ORIGIN), which the loader reads from /proc otherwise. */
function originOf(bin: string): Record<string, string> {
  return { LD_ORIGIN_PATH: bin }
}

function inNamespaces(
  { program, args }: Call,
  options: ConfinementOptions & { root: string; account: Account | undefined },
): Call {
  const { root, account, writable, readable } = options
  const user = account ? [] : ['--user', '--map-root-user']
  const { uid, gid } = account ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const unshare = ['unshare', ...user, '--mount', '--net', '--ipc', '--', 'bash', script]
  const who = [root, String(uid), String(gid), account ? 'privileged' : 'unprivileged']
  return {
    program: 'setpriv',
    args: [
      '--pdeathsig=INT',
      '--',
      ...unshare,
      ...who,
      ...writable,
      '--',
      ...readable,
      '--',
      program,
      ...args,
    ],
  }
}

/** Runs as the account, and ends with this process even when that is killed: util-linux's setpriv does both. */
export function asAccount(account: Account | undefined, { program, args }: Call): Call {
  const drop = account
    ? [
        `--reuid=${account.uid}`,
        `--regid=${account.gid}`,
        '--clear-groups',
        '--inh-caps=-all',
        '--bounding-set=-all',
      ]
    : []
  return {
    program: 'setpriv',
    args: ['--pdeathsig=INT', '--no-new-privs', ...drop, '--', program, ...args],
  }
}

/** Gives a folder and all in it to an account. */
export async function giveTo(account: Account, folder: string): Promise<void> {
  await chown(folder, account.uid, account.gid)
  for (const name of await readdir(folder, { recursive: true }))
    await lchown(join(folder, name), account.uid, account.gid)
}
