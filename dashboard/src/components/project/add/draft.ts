import type { Values, Variable } from '../settings/setting-field'

/** A project that is being added. */
export interface AddDraft {
  name: string
  isHosted: boolean
  values: Values
}

/** What the parts of the form get. */
export interface Part {
  draft: AddDraft
  problems: Values
  variable: (name: string) => Variable
  set: (name: string, value: string) => void
}
