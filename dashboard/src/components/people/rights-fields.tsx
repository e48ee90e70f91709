import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { plural } from '~/client/units'
import { Checkbox } from '../ui/field'
import { SelectField } from '../ui/select-field'

type Role = Outputs['users']['list']['users'][number]['role']
export type Group = Outputs['users']['list']['groups'][number]

/** What somebody, or a program, may: a role, and for which projects. */
export interface Rights {
  role: Role
  groups: string[] | null
}

const roles = [
  { value: 'viewer', word: 'Viewer', may: 'looks at everything, and changes nothing' },
  {
    value: 'operator',
    word: 'Operator',
    may: 'also backs up, checks, drills, and restores into test targets',
  },
  { value: 'admin', word: 'Admin', may: 'also secrets, restores over projects, users and settings' },
] as const

/** The fields of a role and of the groups that it is narrowed to. */
export function RightsFields(props: { rights: Rights; groups: Group[]; onChange: (rights: Rights) => void }) {
  const { rights, groups, onChange } = props
  // What is chosen stays to be seen when its last project has left it.
  const [known] = useState(() => [
    ...groups,
    ...(rights.groups ?? [])
      .filter((name) => groups.every(({ label }) => label !== name))
      .map((label) => ({ label, projects: 0 })),
  ])
  const chosen = rights.groups
  const choose = (label: string, isOn: boolean) =>
    onChange({
      ...rights,
      groups: isOn ? [...(chosen ?? []), label] : (chosen ?? []).filter((one) => one !== label),
    })
  const may = roles.find(({ value }) => value === rights.role)?.may
  return (
    <>
      <SelectField
        label="Role"
        name="role"
        options={roles}
        hint={may}
        value={rights.role}
        onChange={({ currentTarget }) => {
          const role = roles.find(({ value }) => value === currentTarget.value)?.value
          if (role !== undefined) onChange({ ...rights, role })
        }}
      />
      <fieldset className="grid gap-3">
        <legend className="sr-only">Projects</legend>
        <Checkbox
          label="Only for some groups of projects"
          hint="All other projects are then as if they were not there, and what is about the whole dashboard is closed."
          checked={chosen !== null}
          onChange={({ currentTarget }) => onChange({ ...rights, groups: currentTarget.checked ? [] : null })}
        />
        {chosen !== null && (
          <div className="grid gap-2 pl-6">
            {known.map(({ label, projects }) => (
              <Checkbox
                key={label}
                label={label}
                hint={plural(projects, 'project')}
                checked={chosen.includes(label)}
                onChange={({ currentTarget }) => choose(label, currentTarget.checked)}
              />
            ))}
            {known.length === 0 && (
              <p className="text-muted">
                No project is in a group yet: groups are set in a project’s settings.
              </p>
            )}
            {chosen.length === 0 && known.length > 0 && (
              <p className="text-muted">Without a group there is nothing to see.</p>
            )}
          </div>
        )}
      </fieldset>
    </>
  )
}

/** `Operator of shops, blogs`. */
export function rightsInWords({
  role,
  groups,
}: Pick<Rights, 'role'> & { groups: readonly string[] | null }): string {
  const word = roles.find(({ value }) => value === role)?.word ?? role
  if (groups === null) return word
  return groups.length === 0 ? `${word} of no project` : `${word} of ${groups.join(', ')}`
}
