import type { Role } from './roles.ts'

/** Somebody who has shown who they are. */
export type Principal =
  | { kind: 'user'; id: string; name: string; email: string; role: Role; sessionId: string; hasTotp: boolean }
  | { kind: 'token'; id: string; name: string; role: Role }

/** As the audit and screens name them. */
export function shownName(principal: Principal): string {
  return principal.kind === 'user' ? principal.email : `token ${principal.name}`
}
