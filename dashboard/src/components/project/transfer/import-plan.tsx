import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Ban, CircleCheck, CircleDashed, CirclePlus, CircleX, Pencil } from 'lucide-react'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../../problem-note'
import { Status } from '../../status'
import { Button } from '../../ui/button'
import { Checkbox } from '../../ui/field'
import type { ImportFile } from './import-file'

type Row = Outputs['projects']['planImport'][number]

/** So many are tried in one call: each takes as long as its server takes. */
const atOnce = 3

const looks = {
  add: { word: 'To be added', tone: 'info', icon: CirclePlus },
  change: { word: 'To be changed', tone: 'info', icon: Pencil },
  same: { word: 'As it is', tone: 'quiet', icon: CircleDashed },
  refused: { word: 'Refused', tone: 'bad', icon: Ban },
  added: { word: 'Added', tone: 'good', icon: CircleCheck },
  changed: { word: 'Changed', tone: 'good', icon: CircleCheck },
  failed: { word: 'Failed', tone: 'bad', icon: CircleX },
} as const satisfies Record<Row['verdict'], unknown>

const isToDo = ({ verdict }: Row) => verdict === 'add' || verdict === 'change' || verdict === 'failed'

/** What a file would do, a verdict a project, and doing what of it is wanted. */
export function ImportPlan({ file, plan }: { file: ImportFile; plan: Row[] }) {
  const [results, setResults] = useState<ReadonlyMap<number, Row>>(new Map())
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set())
  const [regardless, setRegardless] = useState(false)
  const rows = plan.map((row) => results.get(row.row) ?? row)
  const chosen = rows.filter((row) => isToDo(row) && !left.has(row.row)).map(({ row }) => row)
  const apply = useApply(file, (done) =>
    setResults((before) => new Map([...before, ...done.map((row) => [row.row, row] as const)])),
  )
  const count = (verdict: Row['verdict']) => rows.filter((row) => row.verdict === verdict).length
  const said = (['add', 'change', 'same', 'refused', 'added', 'changed', 'failed'] as const)
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${count(verdict)} ${looks[verdict].word.toLowerCase()}`)
  return (
    <div className="border-t">
      <p role="status" className="px-4 py-3 font-medium">
        {plural(rows.length, 'project')} in {file.name}: {said.join(', ')}
      </p>
      <ul className="divide-y border-y">
        {rows.map((row) => (
          <PlanRow
            key={row.row}
            row={row}
            isChosen={chosen.includes(row.row)}
            isBusy={apply.isPending}
            onChoose={() => setLeft((before) => before.symmetricDifference(new Set([row.row])))}
          />
        ))}
      </ul>
      <div className="stack gap-4 p-4">
        {apply.isError && <ProblemNote problem={problemOf(apply.error)} />}
        {count('failed') > 0 && (
          <Checkbox
            label="Take in all the same what was tried and failed"
            hint="Backups of it fail until that is mended."
            checked={regardless}
            onChange={({ currentTarget }) => setRegardless(currentTarget.checked)}
          />
        )}
        <Button
          variant="primary"
          className="justify-self-start"
          disabled={chosen.length === 0 || apply.isPending}
          onClick={() => apply.mutate({ rows: chosen, regardless })}
        >
          {apply.isPending ? 'Trying each of them …' : `Try and take in ${plural(chosen.length, 'project')}`}
        </Button>
      </div>
    </div>
  )
}

/** Does the rows a few at a time, and tells of each few. */
function useApply(file: ImportFile, onDone: (rows: Row[]) => void) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const call = useMutation(trpc.projects.applyImport.mutationOptions())
  return useMutation({
    async mutationFn({ rows, regardless }: { rows: number[]; regardless: boolean }) {
      const { name: _name, ...input } = file
      for (let from = 0; from < rows.length; from += atOnce)
        onDone(await call.mutateAsync({ ...input, rows: rows.slice(from, from + atOnce), regardless }))
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.projects.pathKey() }),
  })
}

function PlanRow(props: { row: Row; isChosen: boolean; isBusy: boolean; onChoose: () => void }) {
  const { row, isChosen, isBusy, onChoose } = props
  const { name, verdict, changes, problems } = row
  return (
    <li className="grid grid-cols-[1rem_minmax(0,1fr)] gap-x-3 px-4 py-2.5 sm:grid-cols-[1rem_12rem_9rem_minmax(0,1fr)]">
      <input
        type="checkbox"
        aria-label={`Take in ${name}`}
        className="mt-0.5 size-4 accent-accent"
        checked={isChosen}
        disabled={!isToDo(row) || isBusy}
        onChange={onChoose}
      />
      <span className="truncate font-medium" title={name}>
        {name || '(no name)'}
      </span>
      <Status look={looks[verdict]} className="self-start max-sm:col-start-2" />
      <div className="min-w-0 text-muted [overflow-wrap:anywhere] max-sm:col-start-2">
        {problems.length === 0
          ? changes.join(', ')
          : problems.map((problem) => <p key={`${problem.name} ${problem.message}`}>{sayingOf(problem)}</p>)}
      </div>
    </li>
  )
}

function sayingOf({ name, message }: Row['problems'][number]): string {
  if (name === 'project') return message
  return `${name}${/^[A-Z]/.test(message) ? ':' : ''} ${message}`
}
