import type pg from 'pg'

/**
 * Keeps triggers of the session's statements from firing, where the role may: one of `storage.objects` would set
 * `updated_at` to the present with every change. Must not be called within a transaction, which a refusal would spoil.
 */
export async function switchTriggersOff(
  client: pg.ClientBase,
): Promise<{ off: boolean; restore(): Promise<void> }> {
  const off = await client.query("set session_replication_role = 'replica'").then(
    () => true,
    () => false,
  )
  return {
    off,
    async restore() {
      if (off) await client.query('reset session_replication_role')
    },
  }
}
