import { useState } from 'react'
import { Checkbox, Field } from '../ui/field'
import { SelectField } from '../ui/select-field'
import { type BackupType, isPartial, type Part, partOptions, wholeDatabase } from './backup-part'
import type { ProjectDetails } from './details'
import { ComponentChoice, StartForm } from './start-form'

const types: readonly { value: BackupType; word: string }[] = [
  { value: 'full', word: 'Definitions, rows and roles' },
  { value: 'schema', word: 'Definitions without rows' },
  { value: 'data', word: 'Rows without definitions' },
  { value: 'roles', word: 'Roles, with memberships and settings' },
]

/** Which components are backed up, and what of the database. */
export function BackupForm({ project, onClose }: { project: ProjectDetails; onClose: () => void }) {
  const { id, components } = project
  const offered = components.filter(({ missing }) => missing === null).map(({ name }) => name)
  const [chosen, setChosen] = useState<readonly string[]>(offered)
  const [part, setPart] = useState(wholeDatabase)
  const partial = isPartial(part)
  const isOfDatabase = chosen.includes('database')
  /** A part is of the database alone, until more is chosen. */
  const changePart = (changes: Partial<Part>) => {
    const next = { ...part, ...changes }
    if (isPartial(next) !== partial) setChosen(partial ? offered : ['database'])
    setPart(next)
  }
  const optionsOf = (form: FormData) => {
    const isAll = partial ? chosen.length === 1 && isOfDatabase : chosen.length === offered.length
    return {
      kind: 'backup' as const,
      ...(!isAll && { only: [...chosen] }),
      ...(isOfDatabase && partOptions(part)),
      ...(form.get('acceptShrink') !== null && { acceptShrink: true }),
    }
  }
  return (
    <StartForm
      projectId={id}
      word="Back up"
      isReady={chosen.length > 0}
      optionsOf={optionsOf}
      onClose={onClose}
    >
      <ComponentChoice
        mayLack={false}
        components={components}
        chosen={chosen}
        onToggle={(name) => setChosen(offered.filter((one) => (one === name) !== chosen.includes(one)))}
      />
      {isOfDatabase && <PartFields part={part} isPartial={partial} change={changePart} />}
      {!(partial && isOfDatabase) && (
        <div className="border-t pt-4">
          <Checkbox
            name="acceptShrink"
            label="It really holds so much less"
            hint="After a run that was degraded because much less was there than before."
          />
        </div>
      )}
    </StartForm>
  )
}

function PartFields(props: { part: Part; isPartial: boolean; change: (changes: Partial<Part>) => void }) {
  const { part, change } = props
  return (
    <details className="border-t pt-4" open={props.isPartial || undefined}>
      <summary className="w-fit font-medium">Only a part of the database</summary>
      <div className="stack gap-4 pt-3">
        <SelectField
          label="What of it"
          options={types}
          value={part.type}
          onChange={({ currentTarget }) =>
            change({ type: types.find(({ value }) => value === currentTarget.value)?.value ?? 'full' })
          }
        />
        {part.type !== 'roles' && (
          <>
            <Field
              label="Schemas"
              value={part.schemas}
              onChange={({ currentTarget }) => change({ schemas: currentTarget.value })}
              placeholder="app, reports"
              hint="With commas between. Empty: all."
              autoComplete="off"
              spellCheck={false}
            />
            <Field
              label="Tables to leave out"
              value={part.excludeTables}
              onChange={({ currentTarget }) => change({ excludeTables: currentTarget.value })}
              placeholder="public.log_*"
              hint="Patterns as for pg_dump, with commas between. Empty: none."
              autoComplete="off"
              spellCheck={false}
            />
          </>
        )}
        {props.isPartial && (
          <p className="rounded-md border bg-page p-3" role="status">
            A partial backup: an archive of its own beside the full ones, which retention counts apart. Other
            components are in it only where they are chosen above.
          </p>
        )}
      </div>
    </details>
  )
}
