import type { Outputs } from '~/client/client'
import { Field } from '../../ui/field'
import { SelectField } from '../../ui/select-field'

export type Variable = Outputs['projects']['variables'][number]['variables'][number]
export type Values = Record<string, string>

/** What was said of single settings: by their names. */
export function problemsByName(problems: readonly { name: string; message: string }[]): Values {
  return Object.fromEntries(
    problems.map(({ name, message }) => [name, `${name === 'name' ? 'The name' : 'It'} ${message}.`]),
  )
}

/** One setting, asked for by its kind. A secret is never shown: it is typed anew, or stays as it is. */
export function SettingField(props: {
  variable: Variable
  label?: string
  hint?: React.ReactNode
  value: string
  /** Of a secret: there is one. */
  isSet?: boolean
  problem?: string | undefined
  required?: boolean
  onChange: (value: string) => void
}) {
  const { variable, label, hint, value, isSet = false, problem, required = false, onChange } = props
  const { name, secret, choices, text, example } = variable
  const common = { label: label ?? name, hint: hint ?? text, problem, required }
  if (choices !== null) {
    const preset = variable.default === null ? 'Not said' : `${variable.default} (as it is without)`
    const options = [{ value: '', word: preset }, ...choices.map((word) => ({ value: word, word }))]
    return (
      <SelectField
        {...common}
        options={options}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    )
  }
  return (
    <Field
      {...common}
      type={secret ? 'password' : 'text'}
      placeholder={secret ? (isSet ? 'Set; type to change it' : '') : (variable.default ?? example ?? '')}
      autoComplete={secret ? 'new-password' : 'off'}
      spellCheck={false}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  )
}
