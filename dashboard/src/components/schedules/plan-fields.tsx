import { Checkbox, Field, Select } from '../ui/field'
import type { Draft, ExportFormat, RetentionPart } from './draft'

const kinds = ['backup', 'drill', 'check', 'export'] as const
const parts: [RetentionPart, string][] = [
  ['days', 'All of so many days'],
  ['daily', 'Then one of each day, days'],
  ['weekly', 'of each week, weeks'],
  ['monthly', 'of each month, months'],
  ['yearly', 'of each year, years'],
]

/** What a schedule runs, on which conditions, and for how long it is kept. */
export function PlanFields({ draft, change }: { draft: Draft; change: (changes: Partial<Draft>) => void }) {
  return (
    <>
      <Select
        label="What"
        value={draft.kind}
        onChange={({ currentTarget }) =>
          change({ kind: kinds.find((kind) => kind === currentTarget.value) ?? 'backup', only: undefined })
        }
      >
        <option value="backup">Backup</option>
        <option value="drill">Drill: restore the newest archive and compare</option>
        <option value="check">Check of the repository</option>
        <option value="export">Export of the newest archive</option>
      </Select>
      {draft.kind === 'export' && <ExportFields draft={draft} change={change} />}
      {draft.kind === 'check' && (
        <Checkbox
          label="Read all data"
          hint="And authenticate it again, which is slow."
          checked={draft.data}
          onChange={({ currentTarget }) => change({ data: currentTarget.checked })}
        />
      )}
      {draft.kind === 'backup' && (
        <>
          <Checkbox
            label="Only if the database has changed"
            hint="Otherwise there is no new archive."
            checked={draft.onlyIfChanged}
            onChange={({ currentTarget }) => change({ onlyIfChanged: currentTarget.checked })}
          />
          <Field
            label="Only if larger than, GiB"
            type="number"
            min="0.001"
            step="any"
            value={draft.largerThan}
            onChange={({ currentTarget }) => change({ largerThan: currentTarget.value })}
            hint="By the content of the newest archive. Empty: whatever its size."
          />
          <Checkbox
            label="Retention of its own"
            hint="When the run has ended, it counts for all archives of the project; otherwise the project’s own does."
            checked={draft.hasRetention}
            onChange={({ currentTarget }) => change({ hasRetention: currentTarget.checked })}
          />
          {draft.hasRetention && (
            <div className="grid gap-3 sm:grid-cols-2">
              {parts.map(([part, label]) => (
                <Field
                  key={part}
                  label={label}
                  type="number"
                  min={part === 'days' ? 1 : 0}
                  value={draft.retention[part]}
                  onChange={({ currentTarget }) =>
                    change({ retention: { ...draft.retention, [part]: currentTarget.value } })
                  }
                  required
                />
              ))}
            </div>
          )}
        </>
      )}
    </>
  )
}

const formats: [ExportFormat, string][] = [
  ['sql', 'SQL, for psql'],
  ['json', 'JSON, an object a line'],
  ['csv', 'CSV'],
]

/** Files that other programs read. Where they go is set once for all, under Settings. */
function ExportFields({ draft, change }: { draft: Draft; change: (changes: Partial<Draft>) => void }) {
  return (
    <>
      <fieldset className="stack gap-3">
        <legend className="mb-1 font-medium">Tables as</legend>
        {formats.map(([format, label]) => (
          <Checkbox
            key={format}
            label={label}
            checked={draft.formats.includes(format)}
            onChange={({ currentTarget }) =>
              change({
                formats: formats.flatMap(([one]) =>
                  (one === format ? currentTarget.checked : draft.formats.includes(one)) ? [one] : [],
                ),
              })
            }
          />
        ))}
      </fieldset>
      <Field
        label="Exports to keep"
        type="number"
        min={1}
        max={365}
        value={draft.keep}
        onChange={({ currentTarget }) => change({ keep: currentTarget.value })}
        hint="Older ones are deleted when a new one is there. They hold everything in clear, below the directory that the settings name."
        required
      />
    </>
  )
}
