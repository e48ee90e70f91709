import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthClient } from '../../src/auth/api/client.ts'
import { backUpUsers } from '../../src/auth/backup/backup.ts'
import { silentLog } from '../../src/common/log.ts'
import { type AuthApi, startAuthApi } from '../../src/standin/auth-api/server.ts'
import type { StoredUser } from '../../src/standin/auth-api/user-table.ts'

const signal = new AbortController().signal

/** An auth service, and a folder for generations. */
export interface AuthPlace {
  api: AuthApi
  folder: string
  client: ReturnType<typeof createAuthClient>
  /** Backs it up into a generation of this name. */
  backUp(
    name: string,
    options?: { previous?: string; now?: Date; pageSize?: number },
  ): ReturnType<typeof backUpUsers>
  stop(): Promise<void>
}

export async function makeAuthPlace(): Promise<AuthPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'auth-'))
  const api = await startAuthApi({ recording: true })
  const retry = { retries: 2, minTimeoutMs: 1, maxTimeoutMs: 2 }
  const client = createAuthClient({ endpoint: api, signal, retry })
  return {
    api,
    folder,
    client,
    backUp: (name, { previous, now = new Date(), pageSize } = {}) =>
      backUpUsers({
        ...{ client, now, pageSize, log: silentLog, signal },
        generation: join(folder, name),
        previous: previous && join(folder, previous),
      }),
    async stop() {
      await client.close()
      await api.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The id of the user with this number: 1 gives 00000001-…. */
export function idOf(number: number): string {
  return `${number.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
}

/** A user of a stand-in, created in the order of the numbers. */
export function addUser(api: AuthApi, number: number, fields: Partial<StoredUser> = {}): StoredUser {
  const id = idOf(number)
  const moment = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString()
  const email = `user${number}@example.com`
  const user: StoredUser = {
    ...{ id, aud: 'authenticated', role: 'authenticated', email, phone: '' },
    ...{ email_confirmed_at: moment, created_at: moment, updated_at: moment, is_anonymous: false },
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: { name: `User ${number}` },
    identities: [{ id, user_id: id, provider: 'email', identity_data: { email } }],
    encrypted_password: `hash of ${number}`,
    ...fields,
  }
  api.users.set(user.id, user)
  return user
}
