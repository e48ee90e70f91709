import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Whom a server runs as. */
export interface Account {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root: the account to run it as, or undefined when we are not root. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  return { uid: Number(user?.[2] ?? 65_534), gid: Number(user?.[3] ?? 65_534) }
}

export async function othersCanReach(path: string): Promise<boolean> {
  for (let current = path; current !== dirname(current); current = dirname(current))
    if (((await stat(current)).mode & 0o001) === 0) return false
  return true
}

/** Whether a server's folder may be made in this one: PostgreSQL never runs as root, and its account has to get there. */
export async function canHoldServer(path: string): Promise<boolean> {
  return (await unprivilegedAccount()) === undefined || (await othersCanReach(path))
}

/** Numbers that systemd gives to services without a user of their own: no package's user has one of them. */
const ownAccounts = { first: 61_184, last: 65_519 }

/** An account that nothing else on this machine runs as, for a server whose contents are not trusted. */
export async function accountOfItsOwn(): Promise<Account> {
  const taken = new Set<number>()
  for (const line of (await readFile('/etc/passwd', 'utf8')).split('\n'))
    taken.add(Number(line.split(':')[2]))
  for (const name of await readdir('/proc'))
    if (/^\d+$/.test(name))
      await stat(`/proc/${name}`).then(
        ({ uid }) => taken.add(uid),
        () => {},
      )
  const count = ownAccounts.last - ownAccounts.first + 1
  const candidates = Array.from(
    { length: count },
    (_, index) => ownAccounts.first + ((process.pid + index) % count),
  )
  const uid = candidates.find((candidate) => !taken.has(candidate)) ?? ownAccounts.last
  return { uid, gid: uid }
}
