import { Problem } from '../problem.ts'
import { type Principal, shownName } from './principal.ts'
import { type Access, mayAct, type Reach, type Role } from './roles.ts'

const signInFirst = new Problem({
  status: 401,
  code: 'SIGNED_OUT',
  message: 'You are not signed in.',
  suggestion: 'Sign in.',
})

/**
 * Why somebody may not make a call, whatever project it is about; undefined where they may. Which projects they may make it for is
 * another question: `services/labels.ts` answers it.
 */
export function refusalOf(
  access: Access,
  principal: Principal | undefined,
  reach: Reach,
): Problem | undefined {
  if (access === 'everybody') return undefined
  if (principal === undefined) return signInFirst
  if (access === 'person') {
    if (principal.kind === 'user') return undefined
    return denied('A token cannot do this: it is for people who have signed in.')
  }
  if (!mayAct(principal.role, access))
    return denied(`This takes the role ${access}; ${shownName(principal)} has the role ${principal.role}.`)
  if (reach === 'everywhere' && principal.groups !== null)
    return denied(
      `This takes the role ${access} for all projects; that of ${shownName(principal)} is for some groups of them.`,
    )
  return undefined
}

/** Whoever makes a call, as people know them. @throws Problem SIGNED_OUT */
export function actorOf(principal: Principal | undefined): string {
  if (principal === undefined) throw signInFirst
  return shownName(principal)
}

/** The ids of projects in what was sent, wherever they are in it: what is named so is one, `projectId`, `targetProjectIds`. */
export function projectIdsIn(input: unknown): string[] {
  if (Array.isArray(input)) return input.flatMap(projectIdsIn)
  if (typeof input !== 'object' || input === null) return []
  return Object.entries(input).flatMap(([name, value]) => {
    if (!/projectIds?$/i.test(name)) return projectIdsIn(value)
    const values: unknown[] = Array.isArray(value) ? value : [value]
    return values.filter((id) => typeof id === 'string')
  })
}

/** For a call that takes more for some of what it is asked for. @throws Problem NOT_ALLOWED, SIGNED_OUT */
export function requireRole(role: Role, principal: Principal): void {
  // Which projects it is for was asked before.
  const refusal = refusalOf(role, principal, 'project')
  if (refusal !== undefined) throw refusal
}

function denied(message: string): Problem {
  return new Problem({
    status: 403,
    code: 'NOT_ALLOWED',
    message,
    suggestion: 'Ask an admin to do it, or for the role.',
  })
}
