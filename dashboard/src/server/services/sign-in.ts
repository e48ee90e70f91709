import type { SignInLimits } from '../auth/limits.ts'
import { isPassword } from '../auth/passwords.ts'
import type { Origin, SessionStore } from '../auth/sessions.ts'
import { matchTotp } from '../auth/totp.ts'
import type { Sealer } from '../crypto/seal.ts'
import { totpPlace } from '../crypto/sealed-fields.ts'
import { Problem } from '../problem.ts'
import type { Audit } from './audit.ts'
import type { People } from './people.ts'

export interface Credentials {
  email: string
  password: string
  code?: string | undefined
}

export function signInOf(parts: {
  people: People
  sessions: SessionStore
  limits: SignInLimits
  sealer: Sealer
  audit: Audit
}) {
  const { people, sessions, limits, sealer, audit } = parts
  const wrong = (email: string, origin: Origin, why: string, problem: Problem) => {
    audit.add({
      by: undefined,
      address: origin.address,
      action: 'sign in',
      // What is no account may be a password in the wrong field.
      subject: people.findByEmail(email) ? email : 'an unknown account',
      outcome: 'failed',
      details: { why },
    })
    return problem
  }
  return {
    /**
     * @returns the cookie's value; `code` where the password is right and a second factor is to come
     * @throws Problem SIGN_IN_WRONG, CODE_WRONG, TOO_MANY_ATTEMPTS
     */
    async signIn(
      { email, password, code }: Credentials,
      origin: Origin,
    ): Promise<{ secret: string } | 'code'> {
      const takeBack = limits.attempt(email, origin.address)
      const user = people.findByEmail(email)
      if (!(await isPassword(password, user?.passwordHash)) || user === undefined)
        throw wrong(email, origin, 'password', signInWrong)
      // Said as a wrong password is: who is out needs no word of it.
      if (user.deactivatedAt !== null) throw wrong(email, origin, 'deactivated', signInWrong)
      let recoveryCodesLeft: number | undefined
      if (user.totpSecret !== null) {
        if (code === undefined || code === '') {
          takeBack()
          return 'code'
        }
        const secret = sealer.open(user.totpSecret, totpPlace(user.id))
        // Looked at again: the password took its time, and a code is taken once.
        const { totpLastStep: lastStep } = people.find(user.id)
        const step = matchTotp({ secret, code, now: new Date(), lastStep })
        if (step !== undefined) people.setTotp(user.id, user.totpSecret, step)
        else recoveryCodesLeft = people.spendRecoveryCode(user.id, code)
        if (step === undefined && recoveryCodesLeft === undefined)
          throw wrong(email, origin, 'code', codeWrong)
      }
      takeBack()
      limits.forget(email)
      const secret = sessions.begin(user.id, origin)
      const by = sessions.find(secret, origin)
      const details =
        recoveryCodesLeft === undefined ? {} : { with: 'recovery code', left: recoveryCodesLeft }
      audit.add({ by, address: origin.address, action: 'sign in', subject: user.email, details })
      return { secret }
    },
  }
}

const signInWrong = new Problem({
  status: 401,
  code: 'SIGN_IN_WRONG',
  message: 'Address and password do not go together.',
  suggestion: 'Try again. An admin sets a new password with: npm run dashboard -- user password --email E',
})

export const codeWrong = new Problem({
  status: 401,
  code: 'CODE_WRONG',
  message: 'That code is not right, or was used.',
  suggestion: 'Take the code that your app shows now; the clocks of both must be right.',
})
