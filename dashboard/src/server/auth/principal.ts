import type { Role } from './roles.ts'

/** What somebody may: a role, and the groups of projects that it is narrowed to, or null where it is for all projects. */
interface Rights {
  role: Role
  groups: readonly string[] | null
}

/** Somebody who has shown who they are. */
export type Principal = Rights &
  (
    | { kind: 'user'; id: string; name: string; email: string; sessionId: string; hasTotp: boolean }
    | { kind: 'token'; id: string; name: string }
  )

/** As the audit and screens name them. */
export function shownName(principal: Principal): string {
  return principal.kind === 'user' ? principal.email : `token ${principal.name}`
}
