export type Json = Record<string, unknown>

/** A user as the admin API tells of one, and what it never tells. */
export interface StoredUser {
  id: string
  aud: string
  role: string
  email: string
  phone: string
  email_confirmed_at?: string | undefined
  phone_confirmed_at?: string | undefined
  confirmed_at?: string | undefined
  banned_until?: string | undefined
  deleted_at?: string | undefined
  app_metadata: Json
  user_metadata: Json
  identities: Json[]
  factors?: Json[] | undefined
  created_at: string
  updated_at: string
  is_anonymous: boolean
  /** Never told. */
  encrypted_password: string
}

type Addressed = Pick<StoredUser, 'email' | 'phone'>

/** The users, by id; who has an address or number is found without looking at all of them, as by the indexes of the real table. */
export class UserTable extends Map<string, StoredUser> {
  readonly #byEmail = new Map<string, Set<string>>()
  readonly #byPhone = new Map<string, Set<string>>()
  readonly #known = new Map<string, Addressed>()
  #inOrder: StoredUser[] | undefined

  /** Also for a user who was changed where they stand. */
  override set(id: string, user: StoredUser): this {
    this.#forget(id)
    const { email, phone } = user
    this.#known.set(id, { email, phone })
    note(this.#byEmail, email, id)
    note(this.#byPhone, phone, id)
    return super.set(id, user)
  }

  override delete(id: string): boolean {
    this.#forget(id)
    return super.delete(id)
  }

  override clear(): void {
    for (const id of [...this.keys()]) this.delete(id)
  }

  /** All of them, in the order of creation. */
  inOrder(): readonly StoredUser[] {
    const byTime = (a: StoredUser, b: StoredUser) =>
      a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : 0
    this.#inOrder ??= [...this.values()].sort(byTime)
    return this.#inOrder
  }

  /** Those who have the address. */
  withEmail(email: string): StoredUser[] {
    return this.#of(this.#byEmail.get(email))
  }

  withPhone(phone: string): StoredUser[] {
    return this.#of(this.#byPhone.get(phone))
  }

  #of(ids: ReadonlySet<string> = new Set()): StoredUser[] {
    return [...ids].map((id) => this.get(id)).filter((user) => user !== undefined)
  }

  #forget(id: string): void {
    this.#inOrder = undefined
    const before = this.#known.get(id)
    if (before === undefined) return
    this.#byEmail.get(before.email)?.delete(id)
    this.#byPhone.get(before.phone)?.delete(id)
    this.#known.delete(id)
  }
}

function note(index: Map<string, Set<string>>, value: string, id: string): void {
  if (value === '') return
  const ids = index.get(value) ?? new Set<string>()
  index.set(value, ids.add(id))
}
