import { useState } from 'react'
import { Field } from '../ui/field'

type Word = 'password' | 'passphrase'

/** Of a form with `TypedTwiceFields` of the same word: reads what was typed twice. */
export function useTypedTwice(word: Word = 'password') {
  const [problem, setProblem] = useState<string>()
  return {
    /** For the fields: which they are, and what is wrong with the second one. */
    fields: { word, problem },
    /** @returns undefined where the two are not the same, which the fields then say */
    read(data: FormData): string | undefined {
      const typed = String(data.get(word) ?? '')
      const isSame = typed === data.get('again')
      setProblem(isSame ? undefined : `This is not the same ${word}.`)
      return isSame ? typed : undefined
    },
  }
}

/** A password or passphrase to be chosen, and once more. */
export function TypedTwiceFields(props: {
  label: string
  hint?: string
  word: Word
  problem: string | undefined
}) {
  const { label, hint = '', word, problem } = props
  return (
    <>
      <Field
        label={label}
        name={word}
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
