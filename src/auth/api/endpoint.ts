/** The auth service of a project, and a key for its admin API. */
export interface AuthEndpoint {
  /** `https://<ref>.supabase.co/auth/v1`; a service without the gateway has no such path. */
  url: string
  /** The secret key (sb_secret_…) or a service_role token. */
  serviceRoleKey: string
}
