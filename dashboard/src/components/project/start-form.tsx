import { useMutation } from '@tanstack/react-query'
import { useNavigate, useRouteContext } from '@tanstack/react-router'
import type { inferRouterInputs } from '@trpc/server'
import { problemOf } from '~/client/problem'
import type { AppRouter } from '~/server/trpc/router'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { DialogButtons } from '../ui/dialog'
import { Checkbox } from '../ui/field'
import type { ProjectDetails } from './details'

export type StartOptions = inferRouterInputs<AppRouter>['runs']['start']['options']

/** The form of a run that is to begin, which then leads to its screen. */
export function StartForm(props: {
  projectId: string
  /** What the button says. */
  word: string
  isReady: boolean
  optionsOf: (form: FormData) => StartOptions
  onClose: () => void
  children: React.ReactNode
}) {
  const { projectId, word, isReady, optionsOf, onClose, children } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const navigate = useNavigate()
  const start = useMutation(
    trpc.runs.start.mutationOptions({
      async onSuccess({ runId }) {
        await navigate({ to: '/projects/$projectId/runs/$runId', params: { projectId, runId } })
      },
    }),
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        start.mutate({ projectId, options: optionsOf(new FormData(event.currentTarget)) })
      }}
      className="stack gap-4"
    >
      {children}
      {start.isError && <ProblemNote problem={problemOf(start.error)} />}
      <DialogButtons>
        <Button onClick={onClose}>Not now</Button>
        <Button type="submit" variant="primary" disabled={start.isPending || !isReady}>
          {start.isPending ? 'Starting …' : word}
        </Button>
      </DialogButtons>
    </form>
  )
}

/** The components of a project, each to be chosen or left. @param mayLack whether one whose settings are not there can be chosen too */
export function ComponentChoice(props: {
  components: ProjectDetails['components']
  mayLack: boolean
  chosen: readonly string[]
  onToggle: (name: string) => void
}) {
  const { components, mayLack, chosen, onToggle } = props
  return (
    <fieldset className="stack gap-3">
      <legend className="sr-only">Components</legend>
      {components.map(({ name, holds, missing }) => (
        <Checkbox
          key={name}
          label={name.charAt(0).toUpperCase() + name.slice(1)}
          hint={mayLack ? holds : (missing ?? holds)}
          disabled={!mayLack && missing !== null}
          checked={chosen.includes(name)}
          onChange={() => onToggle(name)}
        />
      ))}
    </fieldset>
  )
}
