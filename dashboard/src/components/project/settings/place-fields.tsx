import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useId } from 'react'
import { Field } from '../../ui/field'
import { SelectField } from '../../ui/select-field'
import { capitalised, environments, type Labelled } from '../labels'

/** Where a project belongs, as a form has it: lists as they are typed. */
export interface PlaceDraft {
  environment: string
  groups: string
  tags: string
}

export function draftOf({ environment, groups, tags }: Labelled): PlaceDraft {
  return { environment: environment ?? '', groups: groups.join(', '), tags: tags.join(', ') }
}

export function placeOf({ environment, groups, tags }: PlaceDraft) {
  const listOf = (text: string) =>
    text
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== '')
  return {
    environment: environments.find((known) => known === environment) ?? null,
    groups: listOf(groups),
    tags: listOf(tags),
  }
}

/** Environment, groups and tags. */
export function PlaceFields({
  draft,
  onChange,
}: {
  draft: PlaceDraft
  onChange: (draft: PlaceDraft) => void
}) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const id = useId()
  const { data: projects = [] } = useQuery(trpc.projects.list.queryOptions())
  const known = (of: 'groups' | 'tags') => [...new Set(projects.flatMap((project) => project[of]))].sort()
  return (
    <div className="grid gap-x-6 gap-y-4 md:grid-cols-3">
      <SelectField
        label="Environment"
        value={draft.environment}
        onChange={({ currentTarget }) => onChange({ ...draft, environment: currentTarget.value })}
        options={[
          { value: '', word: 'Not said' },
          ...environments.map((value) => ({ value, word: capitalised(value) })),
        ]}
      />
      {(['groups', 'tags'] as const).map((of) => (
        <div key={of}>
          <Field
            label={capitalised(of)}
            list={`${id}-${of}`}
            placeholder={of === 'groups' ? 'team a, customers' : 'eu, nightly'}
            hint={
              of === 'groups'
                ? 'With commas between. Roles can be narrowed to groups.'
                : 'With commas between; to find it by.'
            }
            autoComplete="off"
            value={draft[of]}
            onChange={({ currentTarget }) => onChange({ ...draft, [of]: currentTarget.value })}
          />
          <datalist id={`${id}-${of}`}>
            {known(of).map((label) => (
              <option key={label} value={label} />
            ))}
          </datalist>
        </div>
      ))}
    </div>
  )
}
