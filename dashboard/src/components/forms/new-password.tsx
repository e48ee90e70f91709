import { useState } from 'react'
import { Field } from '../ui/field'

/** Of a form with `NewPasswordFields`: reads the password that was typed twice. */
export function useNewPassword() {
  const [problem, setProblem] = useState<string>()
  return {
    /** What is wrong with the second one, for the fields. */
    problem,
    /** @returns undefined where the two are not the same, which the fields then say */
    read(data: FormData): string | undefined {
      const password = String(data.get('password') ?? '')
      const isSame = password === data.get('again')
      setProblem(isSame ? undefined : 'This is not the same password.')
      return isSame ? password : undefined
    },
  }
}

/** A password to be chosen, and once more. */
export function NewPasswordFields(props: { label: string; hint?: string; problem: string | undefined }) {
  const { label, hint = '', problem } = props
  return (
    <>
      <Field
        label={label}
        name="password"
        type="password"
        autoComplete="new-password"
        hint={`12 characters or more. ${hint}`.trim()}
        minLength={12}
        required
      />
      <Field
        label={`${label} again`}
        name="again"
        type="password"
        autoComplete="new-password"
        problem={problem}
        required
      />
    </>
  )
}
