import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import type { Outputs } from '~/client/client'
import { isManagedSchema } from '~/client/managed'
import { plural } from '~/client/units'
import { isHeld } from '../archives/archive-screen'
import { Asked } from '../archives/asked'
import { tableName } from '../archives/tables'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Checkbox } from '../ui/field'
import type { Draft } from './state'
import type { StepProps } from './step-props'

type Contents = Outputs['archives']['contents']
/** What of the backup: components, and of them schemas, tables and buckets, as a tree. Nothing chosen below a branch means all of it. */
export function PartsStep({ project, draft, onChange }: StepProps) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const archive = draft.archive ?? ''
  const contents = useQuery(trpc.archives.contents.queryOptions({ projectId: project.id, archive }))
  return (
    <Card aria-labelledby="parts">
      <CardHead title="What of it?" id="parts">
        <Button
          onClick={() => onChange({ only: null, schemas: [], tables: [], buckets: [], previewId: null })}
        >
          All of it
        </Button>
        <Button variant="primary" onClick={() => onChange({}, 'target')}>
          Next
        </Button>
      </CardHead>
      <Asked query={contents} waiting="What is in it is read …">
        {(found) => <Tree contents={found} draft={draft} onChange={onChange} />}
      </Asked>
    </Card>
  )
}

function Tree({
  contents,
  draft,
  onChange,
}: {
  contents: Contents
  draft: Draft
  onChange: StepProps['onChange']
}) {
  const held = contents.components.filter(isHeld).map(({ component }) => component)
  const isChosen = (name: string) => draft.only === null || draft.only.includes(name)
  const toggle = (name: string) => {
    const now = held.filter((one) => (one === name ? !isChosen(one) : isChosen(one)))
    onChange({
      only: now.length === held.length ? null : now,
      ...(name === 'database' && { schemas: [], tables: [] }),
      ...(name === 'storage' && { buckets: [] }),
      previewId: null,
    })
  }
  return (
    <div className="grid gap-4 p-4">
      {held.map((name) => (
        <div key={name} className="grid gap-2">
          <Checkbox
            label={name.charAt(0).toUpperCase() + name.slice(1)}
            checked={isChosen(name)}
            onChange={() => toggle(name)}
          />
          {isChosen(name) && name === 'database' && contents.database !== null && (
            <Schemas tables={contents.database.tables} draft={draft} onChange={onChange} />
          )}
          {isChosen(name) && name === 'storage' && contents.storage !== null && (
            <Branch
              label="Buckets"
              names={contents.storage.buckets.map(({ id }) => id)}
              chosen={draft.buckets}
              onChoose={(buckets) => onChange({ buckets, previewId: null })}
            />
          )}
        </div>
      ))}
      {draft.only?.length === 0 && <p className="text-bad">Nothing is chosen.</p>}
      <p className="text-muted">
        Where nothing below is ticked, all of it is restored. A schema or table alone replaces just that, in
        one transaction; then nothing but the database is restored unless the rest is ticked too.
      </p>
      {draft.schemas.length + draft.tables.length > 0 && (
        <Checkbox
          label="Only the rows"
          hint="The table stays as it is, and its rows are replaced."
          checked={draft.dataOnly}
          onChange={() => onChange({ dataOnly: !draft.dataOnly, previewId: null })}
        />
      )}
      <Checkbox
        label="Leave alone what the backup does not have"
        hint="Of Storage and functions: otherwise it is removed at the target."
        checked={draft.keepExtra}
        onChange={() => onChange({ keepExtra: !draft.keepExtra, previewId: null })}
      />
    </div>
  )
}

function Schemas(props: {
  tables: NonNullable<Contents['database']>['tables']
  draft: Draft
  onChange: StepProps['onChange']
}) {
  const { tables, draft, onChange } = props
  // What the platform has of its own is never restored table by table.
  const own = tables.filter(({ schema }) => !isManagedSchema(schema))
  const schemas = [...Map.groupBy(own, ({ schema }) => schema)]
  return (
    <div className="ml-7 grid gap-2">
      {schemas.map(([schema, list]) => (
        <details key={schema} open={draft.tables.some((name) => name.startsWith(`"${schema}".`))}>
          <summary>
            {schema} <span className="text-muted">{plural(list.length, 'table')}</span>
          </summary>
          <div className="ml-4 grid gap-x-6 gap-y-2 py-2 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
            <Checkbox
              className="col-span-full"
              label={`All of ${schema}`}
              checked={draft.schemas.includes(schema)}
              onChange={() =>
                onChange({ schemas: toggled(draft.schemas, schema), tables: [], previewId: null })
              }
            />
            {!draft.schemas.includes(schema) &&
              list.map((table) => (
                <Checkbox
                  key={table.name}
                  label={table.name}
                  hint={table.rows === null ? 'definition alone' : plural(table.rows, 'row')}
                  checked={draft.tables.includes(tableName(table))}
                  onChange={() =>
                    onChange({
                      tables: toggled(draft.tables, tableName(table)),
                      schemas: [],
                      previewId: null,
                    })
                  }
                />
              ))}
          </div>
        </details>
      ))}
    </div>
  )
}

function Branch(props: {
  label: string
  names: readonly string[]
  chosen: readonly string[]
  onChoose: (names: string[]) => void
}) {
  return (
    <details className="ml-7" open={props.chosen.length > 0}>
      <summary>
        {props.label} <span className="text-muted">{props.names.length}</span>
      </summary>
      <div className="ml-4 grid gap-x-6 gap-y-2 py-2 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
        {props.names.map((name) => (
          <Checkbox
            key={name}
            label={name}
            checked={props.chosen.includes(name)}
            onChange={() => props.onChoose(toggled(props.chosen, name))}
          />
        ))}
      </div>
    </details>
  )
}

function toggled(names: readonly string[], name: string): string[] {
  return names.includes(name) ? names.filter((one) => one !== name) : [...names, name]
}
