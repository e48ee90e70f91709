import { Problem } from '../problem.ts'
import { type Principal, shownName } from './principal.ts'
import { type Access, mayAct, type Role } from './roles.ts'

const signInFirst = new Problem({
  status: 401,
  code: 'SIGNED_OUT',
  message: 'You are not signed in.',
  suggestion: 'Sign in.',
})

/** Why somebody may not make a call that is for those whom `access` names; undefined where they may. */
export function refusalOf(access: Access, principal: Principal | undefined): Problem | undefined {
  if (access === 'everybody') return undefined
  if (principal === undefined) return signInFirst
  if (access === 'person') {
    if (principal.kind === 'user') return undefined
    return denied('A token cannot do this: it is for people who have signed in.')
  }
  if (mayAct(principal.role, access)) return undefined
  return denied(`This takes the role ${access}; ${shownName(principal)} has the role ${principal.role}.`)
}

/** For a call that takes more for some of what it is asked for. @throws Problem NOT_ALLOWED, SIGNED_OUT */
export function requireRole(role: Role, principal: Principal): void {
  const refusal = refusalOf(role, principal)
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
