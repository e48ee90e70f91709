import type { Values } from './sources.ts'

/**
 * The reference of a project on supabase.com, which no other project has; undefined for any other project. It stands in every
 * kind of address: https://REF.supabase.co, db.REF.supabase.co, and postgres.REF as the user of a pooler.
 */
export function hostedReference(values: Values): string | undefined {
  const { SUPABASE_PROJECT_REF: reference, SUPABASE_URL: api, SUPABASE_DB_URL: database } = values
  if (reference !== undefined) return reference
  const user = database && URL.canParse(database) ? decodeURIComponent(new URL(database).username) : ''
  const host = database && URL.canParse(database) ? new URL(database).hostname : ''
  const apiHost = api && URL.canParse(api) ? new URL(api).hostname : ''
  return (
    /^db\.([a-z]{20})\.supabase\.co$/.exec(host)?.[1] ??
    (host.endsWith('.pooler.supabase.com') ? /^postgres\.([a-z]{20})$/.exec(user)?.[1] : undefined) ??
    /^([a-z]{20})\.supabase\.co$/.exec(apiHost)?.[1]
  )
}
