import { useMutation } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { problemOf } from '~/client/problem'
import { saveFile } from '~/client/save-file'
import { TypedTwiceFields, useTypedTwice } from '../../forms/typed-twice'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Card, CardHead } from '../../ui/card'

/** Projects as a file: without secrets, or with them, sealed. */
export function ExportCard() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const plain = useMutation(
    trpc.projects.export.mutationOptions({
      onSuccess: (text, { format }) => saveFile(text, `projects.${format}`),
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
  const chosen = useTypedTwice('passphrase')
  const sealed = useMutation(
    trpc.projects.exportSealed.mutationOptions({
      onSuccess: (text) => saveFile(text, 'projects-sealed.json'),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const passphrase = chosen.read(new FormData(event.currentTarget))
    if (passphrase !== undefined) sealed.mutate({ passphrase })
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
        <TypedTwiceFields label="Passphrase" {...chosen.fields} />
      </div>
      {sealed.isError && <ProblemNote problem={problemOf(sealed.error)} />}
      <Button type="submit" className="justify-self-start" disabled={sealed.isPending}>
        {sealed.isPending ? 'Sealing …' : 'Export sealed'}
      </Button>
    </form>
  )
}
