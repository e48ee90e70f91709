import { type App, openApp } from '../../src/server/app.ts'
import { hashPassword } from '../../src/server/auth/passwords.ts'
import type { Principal } from '../../src/server/auth/principal.ts'
import type { Role } from '../../src/server/auth/roles.ts'
import { newId } from '../../src/server/auth/secrets.ts'
import { users } from '../../src/server/db/schema/index.ts'
import type { Context } from '../../src/server/trpc/base.ts'
import { callerFor } from '../../src/server/trpc/router.ts'
import { type Lab, makeLab } from './lab.ts'

export const password = 'four odd words together'
/** Made once: it is meant to take its time. */
let passwordHash: Promise<string> | undefined

export interface TestApp extends App {
  lab: Lab
  /** Calls as somebody of this role, or as nobody. */
  as(principal: Principal | undefined): ReturnType<typeof callerFor>
  /** Somebody new of this role, signed in. */
  person(role: Role, email?: string, groups?: string[]): Promise<Extract<Principal, { kind: 'user' }>>
  token(role: Role, groups?: string[]): Principal
  remove(): Promise<void>
}

export const origin = { address: '192.0.2.7', userAgent: 'a test' }

/** Everything behind the screens, on a lab of its own. */
export async function openTestApp(
  hasSystemd?: () => boolean,
  changes: Record<string, string> = {},
): Promise<TestApp> {
  const lab = await makeLab()
  const { directory } = lab
  const environment = { ...lab.environment, ...changes }
  const app = openApp({ directory, environment, hasSystemd })
  let people = 0
  return {
    ...app,
    lab,
    as(principal) {
      const context: Context = { app, principal, origin, setSession: () => {} }
      return callerFor(context)
    },
    async person(role, email, groups) {
      people += 1
      const address = email ?? `${role}${people}@example.com`
      const id = newId()
      const changed = { passwordChangedAt: new Date(), createdAt: new Date() }
      passwordHash ??= hashPassword(password)
      const row = {
        id,
        email: address,
        name: role,
        role,
        groups,
        passwordHash: await passwordHash,
        ...changed,
      }
      app.database.insert(users).values(row).run()
      const found = app.sessions.find(app.sessions.begin(id, origin), origin)
      if (found?.kind !== 'user') throw new Error('There is no session.')
      return found
    },
    token(role, groups) {
      const found = app.tokens.find(app.tokens.add({ name: role, role, groups, expiresAt: null }))
      if (found === undefined) throw new Error('There is no token.')
      return found
    },
    async remove() {
      await app.close()
      await lab.remove()
    },
  }
}
