import {
  GoTrueAdminApi as AdminApi,
  type AdminUserAttributes,
  type GoTrueAdminApi,
} from '@supabase/supabase-js'
import { z } from 'zod'
import { serviceKeyProblem } from '../../config/keys.ts'
import { configurationError } from '../../config/problem.ts'
import { type ApiUser, apiUserSchema } from '../users/user.ts'
import { AuthRefusal } from './errors.ts'
import { createTransport, fieldsOf, type TransportOptions } from './transport.ts'

export type ClientOptions = Omit<TransportOptions, 'connections'> & { connections?: number | undefined }

/** What is set of a user; what is left out stays as it is. `null` within metadata takes a key away. */
export type UserAttributes = Pick<
  AdminUserAttributes,
  | 'email'
  | 'phone'
  | 'role'
  | 'email_confirm'
  | 'phone_confirm'
  | 'user_metadata'
  | 'app_metadata'
  | 'ban_duration'
>

export interface UsersPage {
  users: ApiUser[]
  total: number | undefined
}

/** The number of a page that no project comes to. */
const beyondAll = 1_000_000_000

/** The admin API of an auth service. Everything throws HttpError, AuthRefusal, or what ended the run. */
export interface AuthClient {
  /**
   * Users of the default audience, oldest first; none beyond the last page. `total` is what the service counts, where it says.
   * @param options.once whether a failure is not tried again
   */
  page(number: number, size: number, options?: { once?: boolean }): Promise<UsersPage>
  /** What the service counts, as `total`, without a row of anybody: one that it cannot read is no hindrance. */
  count(options?: { once?: boolean }): Promise<number | undefined>
  /** With identities and factors; undefined where there is no such user. */
  find(id: string): Promise<ApiUser | undefined>
  create(attributes: UserAttributes & { id: string; aud?: string; password_hash?: string }): Promise<ApiUser>
  update(id: string, attributes: UserAttributes): Promise<ApiUser>
  /** One that is not there is no error. */
  remove(id: string): Promise<void>
  readonly counts: { requests: number; retries: number }
  close(): Promise<void>
}

const pageSchema = z.object({ users: z.array(apiUserSchema), total: z.number().optional() })

/**
 * A client of the admin API, made of supabase-js. Pages are counted here: its own `nextPage` is the first digit of the number.
 * @throws BackupError for a key that by its own words is too weak
 */
export function createAuthClient({ connections = 8, ...options }: ClientOptions): AuthClient {
  const { endpoint } = options
  const problem = serviceKeyProblem('The key of the auth service', endpoint.serviceRoleKey, {
    ref: undefined,
    now: new Date(),
  })
  if (problem !== undefined) throw configurationError(problem)
  const transport = createTransport({ ...options, connections })
  const apiBy = (fetchIt: typeof fetch): GoTrueAdminApi =>
    new AdminApi({
      url: endpoint.url.replace(/\/+$/, ''),
      headers: { apikey: endpoint.serviceRoleKey, authorization: `Bearer ${endpoint.serviceRoleKey}` },
      fetch: fetchIt,
    })
  const [api, impatient] = [apiBy(transport.fetch), apiBy(transport.once)]
  const taken = ({ data, error }: { data: unknown; error: unknown }): unknown => {
    if (error === null) return data
    options.signal?.throwIfAborted()
    const { status, code, message } = fieldsOf(error)
    throw transport.failureOf(error) ?? new AuthRefusal(status, code, message)
  }
  const userOf = (answer: { data: unknown; error: unknown }) =>
    z.object({ user: apiUserSchema }).parse(taken(answer)).user
  const page: AuthClient['page'] = async (number, perPage, { once = false } = {}) => {
    const asked = once ? impatient : api
    const { users, total } = pageSchema.parse(taken(await asked.listUsers({ page: number, perPage })))
    // Without the header it is taken for 0.
    return { users, total: total || undefined }
  }
  return {
    page,
    count: async (how) => (await page(beyondAll, 1, how)).total,
    find: (id) => orGone(async () => userOf(await api.getUserById(id))),
    create: async (attributes) => userOf(await api.createUser(sendable(attributes))),
    update: async (id, attributes) => userOf(await api.updateUserById(id, sendable(attributes))),
    async remove(id) {
      await orGone(async () => void taken(await api.deleteUser(id)))
    },
    counts: transport.counts,
    close: () => transport.close(),
  }
}

/** @throws AuthRefusal for metadata nested so deep that supabase-js cannot send them */
function sendable<Attributes>(attributes: Attributes): Attributes {
  try {
    JSON.stringify(attributes)
    return attributes
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new AuthRefusal(413, 'metadata_too_deep', 'The metadata are nested too deep to be sent.')
  }
}

async function orGone<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AuthRefusal && error.status === 404) return undefined
    throw error
  }
}
