/** What people and programs may be, each with all that the one before may. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

/** Who may call a procedure: everybody, who has signed in (no token), or this role and those above. */
export type Access = 'everybody' | 'person' | Role

export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}
