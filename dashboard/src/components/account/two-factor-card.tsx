import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { CircleCheck, CircleDashed } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Status } from '../status'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Code } from '../ui/copy'
import { Field } from '../ui/field'
import { RecoveryCodes } from './recovery-codes'

type Offer = Outputs['account']['beginTotp']

/** A code of an app besides the password. */
export function TwoFactorCard({ hasTotp }: { hasTotp: boolean }) {
  const [offer, setOffer] = useState<Offer>()
  const [codes, setCodes] = useState<string[]>()
  const look = hasTotp
    ? ({ word: 'On', tone: 'good', icon: CircleCheck } as const)
    : ({ word: 'Off', tone: 'quiet', icon: CircleDashed } as const)
  return (
    <Card aria-labelledby="two-factor">
      <CardHead title="Two-factor sign-in" id="two-factor">
        <Status look={look} />
      </CardHead>
      <div className="p-4">
        {codes !== undefined ? (
          <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />
        ) : hasTotp ? (
          <div className="grid gap-6 sm:grid-cols-2">
            <NewCodesStep onDone={setCodes} />
            <PasswordStep kind="remove" onDone={() => setOffer(undefined)} />
          </div>
        ) : offer === undefined ? (
          <PasswordStep kind="begin" onDone={setOffer} />
        ) : (
          <ConfirmStep
            offer={offer}
            onDone={(made) => {
              setOffer(undefined)
              setCodes(made)
            }}
          />
        )}
      </div>
    </Card>
  )
}

function useStateAgain() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: trpc.session.state.queryKey() })
}

/** Before anything of it changes: who sits here is the one who signed in. */
function PasswordStep({
  kind,
  onDone,
}: {
  kind: 'begin' | 'remove'
  onDone: (offer: Offer | undefined) => void
}) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const again = useStateAgain()
  const begin = useMutation(trpc.account.beginTotp.mutationOptions({ onSuccess: onDone }))
  const remove = useMutation(
    trpc.account.removeTotp.mutationOptions({
      async onSuccess() {
        await again()
        onDone(undefined)
      },
    }),
  )
  const step = kind === 'begin' ? begin : remove
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const current = String(new FormData(event.currentTarget).get('current') ?? '')
    if (kind === 'begin') begin.mutate({ current })
    else remove.mutate({ current })
  }
  return (
    <form onSubmit={submit} className="grid max-w-sm gap-4">
      <p className="text-muted">
        {kind === 'begin'
          ? 'With a code that an app on your phone shows, your password alone opens nothing.'
          : 'Signing in takes a code of your app. Who loses it and its recovery codes asks an admin.'}
      </p>
      <Field label="Your password" name="current" type="password" autoComplete="current-password" required />
      {step.isError && <ProblemNote problem={problemOf(step.error)} />}
      <div>
        <Button type="submit" variant={kind === 'begin' ? 'secondary' : 'danger'} disabled={step.isPending}>
          {kind === 'begin' ? 'Set it up' : 'Turn it off'}
        </Button>
      </div>
    </form>
  )
}

/** New recovery codes, in the place of those before. */
function NewCodesStep({ onDone }: { onDone: (codes: string[]) => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const renew = useMutation(
    trpc.account.renewRecoveryCodes.mutationOptions({
      gcTime: 0,
      onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    renew.mutate({ current: String(new FormData(event.currentTarget).get('current') ?? '') })
  }
  return (
    <form onSubmit={submit} className="grid max-w-sm content-start gap-4">
      <p className="text-muted">
        Recovery codes let you in when the app is lost. New ones take the place of those before.
      </p>
      <Field label="Your password" name="current" type="password" autoComplete="current-password" required />
      {renew.isError && <ProblemNote problem={problemOf(renew.error)} />}
      <div>
        <Button type="submit" disabled={renew.isPending}>
          Make new recovery codes
        </Button>
      </div>
    </form>
  )
}

function ConfirmStep({ offer, onDone }: { offer: Offer; onDone: (codes: string[] | undefined) => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const again = useStateAgain()
  const confirm = useMutation(
    trpc.account.confirmTotp.mutationOptions({
      gcTime: 0,
      async onSuccess({ recoveryCodes }) {
        // First, so that they are shown when the card knows that it is on.
        onDone(recoveryCodes)
        await again()
      },
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    confirm.mutate({
      sealed: offer.sealed,
      code: String(new FormData(event.currentTarget).get('code') ?? ''),
    })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <p>
        Scan this with an authenticator app, or type the secret into it; then give the code that it shows.
      </p>
      <div className="flex flex-wrap items-start gap-6">
        <img
          src={`data:image/svg+xml;utf8,${encodeURIComponent(offer.picture)}`}
          alt="The secret as a picture, for your app to scan"
          className="size-44 rounded-md border bg-white"
        />
        <div className="grid min-w-0 max-w-sm flex-1 basis-64 gap-4">
          <div className="grid gap-1.5">
            <span className="font-medium">Secret</span>
            <Code text={offer.secret} />
          </div>
          <Field
            label="Code"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            pattern="[0-9 ]{6,7}"
            required
          />
          {confirm.isError && <ProblemNote problem={problemOf(confirm.error)} />}
          <div className="flex flex-wrap gap-2">
            <Button type="submit" variant="primary" disabled={confirm.isPending}>
              Turn it on
            </Button>
            <Button onClick={() => onDone(undefined)}>Not now</Button>
          </div>
        </div>
      </div>
    </form>
  )
}
