import { useMutation } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type ChangeEvent, useId, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Card, CardHead } from '../../ui/card'
import { Field } from '../../ui/field'
import type { ImportFile } from './import-file'
import { ImportPlan } from './import-plan'

/** Below what one request may have. */
const mostBytes = 900_000

/** Takes projects in from a file: first what it would do, then what of it is wanted. */
export function ImportCard() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const id = useId()
  const [file, setFile] = useState<ImportFile>()
  const [tooLarge, setTooLarge] = useState(false)
  const [passphrase, setPassphrase] = useState('')
  const plan = useMutation(trpc.projects.planImport.mutationOptions())
  const isSealed = file?.text.includes('supabase-backup-dashboard-sealed') ?? false
  const choose = async ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = currentTarget.files ?? []
    plan.reset()
    setFile(undefined)
    setTooLarge(chosen !== undefined && chosen.size > mostBytes)
    if (chosen === undefined || chosen.size > mostBytes) return
    const format = chosen.name.toLowerCase().endsWith('.csv') ? 'csv' : 'json'
    const read: ImportFile = { name: chosen.name, format, text: await chosen.text() }
    setFile(read)
    if (!read.text.includes('supabase-backup-dashboard-sealed')) plan.mutate(read)
  }
  const sent = file && (isSealed ? { ...file, passphrase } : file)
  return (
    <Card aria-labelledby={`${id}-title`}>
      <CardHead title="Import" id={`${id}-title`} />
      <div className="stack gap-4 p-4">
        <p className="text-muted">
          A file as an export is: CSV or JSON, a project a line, with <code>name</code>,{' '}
          <code>environment</code>, <code>groups</code>, <code>tags</code>, and a column for each setting.
          Secrets may be in it. You see what it would do before anything is done.
        </p>
        <div className="grid gap-1.5">
          <label htmlFor={id} className="font-medium">
            File
          </label>
          <input
            id={id}
            type="file"
            accept=".csv,.json,text/csv,application/json"
            onChange={(event) => void choose(event)}
            className="w-full rounded-md border border-line-strong bg-surface p-1.5 file:mr-3 file:rounded file:border-0 file:bg-hover file:px-3 file:py-1 file:text-ink"
          />
          {tooLarge && <p className="text-bad">This file is larger than 900 KB: import it in parts.</p>}
        </div>
        {isSealed && file && (
          <form
            className="flex flex-wrap items-end gap-3"
            onSubmit={(event) => {
              event.preventDefault()
              plan.mutate({ ...file, passphrase })
            }}
          >
            <Field
              label="Passphrase of the export"
              type="password"
              autoComplete="off"
              className="min-w-60 flex-1"
              value={passphrase}
              onChange={({ currentTarget }) => setPassphrase(currentTarget.value)}
              required
            />
            <Button type="submit" className="h-9" disabled={plan.isPending}>
              Open it
            </Button>
          </form>
        )}
        {plan.isPending && <p role="status">Looking at what it would do …</p>}
        {plan.isError && <ProblemNote problem={problemOf(plan.error)} />}
      </div>
      {plan.data && sent && <ImportPlan key={plan.submittedAt} file={sent} plan={plan.data} />}
    </Card>
  )
}
