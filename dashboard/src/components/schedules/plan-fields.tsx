import { Checkbox, Field, Select } from '../ui/field'
import type { Draft, RetentionPart } from './draft'

const kinds = ['backup', 'drill', 'check'] as const
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
      </Select>
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
