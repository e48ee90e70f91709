import { useMutation } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Card, CardHead } from '../../ui/card'
import { Field } from '../../ui/field'

/** Projects as a file: without secrets, or with them, sealed. */
export function ExportCard() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const plain = useMutation(
    trpc.projects.export.mutationOptions({
      onSuccess: (text, { format }) => save(text, `projects.${format}`),
    }),
  )
  return (
    <Card aria-labelledby="export">
      <CardHead title="Export" id="export" />
      <div className="stack gap-3 p-4">
        <p className="text-muted">Names, environments, groups, tags and settings. No secret is in it.</p>
        <div className="flex flex-wrap gap-2">
          {(['csv', 'json'] as const).map((format) => (
            <Button key={format} disabled={plain.isPending} onClick={() => plain.mutate({ format })}>
              {format === 'csv' ? 'Export as CSV' : 'Export as JSON'}
            </Button>
          ))}
        </div>
        {plain.isError && <ProblemNote problem={problemOf(plain.error)} />}
      </div>
      <SealedExport />
    </Card>
  )
}

function SealedExport() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const [mismatch, setMismatch] = useState<string>()
  const sealed = useMutation(
    trpc.projects.exportSealed.mutationOptions({
      onSuccess: (text) => save(text, 'projects-sealed.json'),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const passphrase = String(form.get('passphrase') ?? '')
    const isSame = passphrase === String(form.get('again') ?? '')
    setMismatch(isSame ? undefined : 'This is not the same passphrase.')
    if (isSame) sealed.mutate({ passphrase })
  }
  return (
    <form onSubmit={submit} className="stack gap-4 border-t p-4">
      <div className="grid gap-1">
        <h3 className="font-medium">With their secrets</h3>
        <p className="text-muted">
          Sealed by a passphrase, without which nobody reads it: not this dashboard either. For another
          machine.
        </p>
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Passphrase"
          name="passphrase"
          type="password"
          autoComplete="new-password"
          hint="12 characters or more."
          minLength={12}
          maxLength={256}
          required
        />
        <Field
          label="Passphrase again"
          name="again"
          type="password"
          autoComplete="new-password"
          problem={mismatch}
          required
        />
      </div>
      {sealed.isError && <ProblemNote problem={problemOf(sealed.error)} />}
      <Button type="submit" className="justify-self-start" disabled={sealed.isPending}>
        {sealed.isPending ? 'Sealing …' : 'Export sealed'}
      </Button>
    </form>
  )
}

/** Has the browser keep a text as a file. */
function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text]))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
