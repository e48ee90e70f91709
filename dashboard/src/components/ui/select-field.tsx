import type { ComponentProps } from 'react'
import { Select } from './field'

type SelectFieldProps = Omit<ComponentProps<typeof Select>, 'children'> & {
  options: readonly { value: string; word: string }[]
}

/** One of a few. */
export function SelectField({ options, ...props }: SelectFieldProps) {
  return (
    <Select {...props}>
      {options.map(({ value, word }) => (
        <option key={value} value={value}>
          {word}
        </option>
      ))}
    </Select>
  )
}
