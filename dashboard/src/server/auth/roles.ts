/** What people and programs may be, each with all that the one before may. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

/** Who may call a procedure: everybody, who has signed in (no token), or this role and those above. */
export type Access = 'everybody' | 'person' | Role

/**
 * What a call is about, for roles that are narrowed to groups: `project` the one named in what is sent, `listed` those of an answer,
 * which leaves out what is not for the caller, `everywhere` the whole dashboard, which a narrowed role does not reach.
 */
export const reaches = ['everywhere', 'project', 'listed'] as const
export type Reach = (typeof reaches)[number]

export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}
