import { ChevronRight } from 'lucide-react'
import type { Outputs } from '~/client/client'
import { SettingField, type Values } from './setting-field'

type Groups = Outputs['projects']['variables']

/** Every setting by the headings of the reference, folded away until one is looked for. */
export function SettingGroups(props: {
  groups: Groups
  values: Values
  secrets: readonly string[]
  problems: Values
  /** Asked for elsewhere on the screen. */
  without?: readonly string[]
  onChange: (name: string, value: string) => void
}) {
  const { groups, values, secrets, problems, without = [], onChange } = props
  const shown = groups
    .map(({ title, variables }) => ({
      title,
      variables: variables.filter(({ name }) => !without.includes(name)),
    }))
    .filter(({ variables }) => variables.length > 0)
  return (
    <div className="divide-y">
      {shown.map(({ title, variables }) => {
        const set = variables.filter(({ name }) => values[name] || secrets.includes(name)).length
        const isWrong = variables.some(({ name }) => problems[name] !== undefined)
        return (
          <details key={title} open={isWrong || undefined} className="group">
            <summary className="flex cursor-pointer list-none items-center gap-2 px-4 py-3 hover:bg-hover">
              <ChevronRight
                aria-hidden
                className="size-4 shrink-0 text-muted transition-transform group-open:rotate-90"
              />
              <span className="font-medium">{title}</span>
              <span className="ml-auto text-muted">{set === 0 ? '' : `${set} set`}</span>
            </summary>
            <div className="grid gap-x-6 gap-y-5 px-4 pt-1 pb-5 md:grid-cols-2">
              {variables.map((variable) => (
                <SettingField
                  key={variable.name}
                  variable={variable}
                  value={values[variable.name] ?? ''}
                  isSet={secrets.includes(variable.name)}
                  problem={problems[variable.name]}
                  onChange={(value) => onChange(variable.name, value)}
                />
              ))}
            </div>
          </details>
        )
      })}
    </div>
  )
}
