import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Checkbox } from '../../ui/field'
import { type PlaceDraft, PlaceFields, placeOf } from '../settings/place-fields'
import { problemsByName, type Values, type Variable } from '../settings/setting-field'
import { SettingGroups } from '../settings/setting-groups'
import { VerdictNote } from '../settings/verdict-note'
import type { AddDraft, Part } from './draft'
import { AccessFields, accessNames, IdentityFields, RepositoryFields, repositoryNames } from './fields'
import { Step } from './step'

type Groups = Outputs['projects']['variables']

/** Adds a project step by step; what reaches it is tried on the live project before it is kept. */
export function AddScreen({ groups }: { groups: Groups }) {
  const [draft, setDraft] = useState<AddDraft>({ name: '', isHosted: true, values: {} })
  const [place, setPlace] = useState<PlaceDraft>({ environment: '', groups: '', tags: '' })
  const [regardless, setRegardless] = useState(false)
  const { trial, add } = useCalls()
  const problems = problemsByName([...(add.data?.problems ?? []), ...(trial.data?.problems ?? [])])
  const byName = new Map(groups.flatMap(({ variables }) => variables).map((one) => [one.name, one] as const))
  const change = (next: AddDraft) => {
    setDraft(next)
    trial.reset()
    add.reset()
  }
  const part: Part = {
    draft,
    problems,
    variable: (name) => {
      const found = byName.get(name as Variable['name'])
      if (found === undefined) throw new Error(`There is no setting ${name}.`)
      return found
    },
    set: (name, value) => change({ ...draft, values: { ...draft.values, [name]: value } }),
  }
  const project = { name: draft.name, values: sentOf(draft) }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    add.mutate({ ...project, place: placeOf(place), regardless })
  }
  const asked = [
    ...accessNames,
    ...repositoryNames,
    'SUPABASE_PROJECT_REF',
    'SUPABASE_URL',
    'SUPABASE_STORAGE_URL',
  ]
  const isBusy = trial.isPending || add.isPending
  return (
    <form onSubmit={submit} className="mx-auto grid w-full max-w-3xl grid-cols-[minmax(0,1fr)] gap-6">
      <Head />
      <Step number={1} title="Which project is it?">
        <IdentityFields part={part} onChange={change} />
      </Step>
      <Step number={2} title="How is it reached?" hint="Secrets are kept sealed, and are never shown again.">
        <AccessFields part={part} />
        <div className="stack gap-3">
          <Button
            className="justify-self-start"
            disabled={isBusy || draft.name === ''}
            onClick={() => trial.mutate({ ...project, part: 'project' })}
          >
            {trial.isPending ? 'Trying to reach it …' : 'Try it'}
          </Button>
          {trial.isError && <ProblemNote problem={problemOf(trial.error)} />}
          {trial.data && <VerdictNote verdict={trial.data} good="The project can be backed up." />}
        </div>
      </Step>
      <Step number={3} title="Where do its archives go?">
        <RepositoryFields part={part} />
      </Step>
      <Step number={4} title="Where does it belong?">
        <PlaceFields draft={place} onChange={setPlace} />
      </Step>
      <Step number={5} title="Everything else" hint="All of it has a good default." isFlush>
        <SettingGroups
          groups={groups}
          values={draft.values}
          secrets={[]}
          problems={problems}
          without={asked}
          onChange={part.set}
        />
      </Step>
      {add.isError && <ProblemNote problem={problemOf(add.error)} />}
      {add.data && add.data.id === null && (
        <div className="stack gap-3">
          <VerdictNote verdict={add.data} good="" />
          {add.data.problems.length === 0 && (
            <Checkbox
              label="Add it all the same"
              hint="Its backups fail until that is mended."
              checked={regardless}
              onChange={({ currentTarget }) => setRegardless(currentTarget.checked)}
            />
          )}
        </div>
      )}
      <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button asChild>
          <Link to="/">Not now</Link>
        </Button>
        <Button type="submit" variant="primary" size="large" disabled={isBusy || draft.name === ''}>
          {add.isPending ? 'Trying all of it …' : 'Try and add'}
        </Button>
      </div>
    </form>
  )
}

function Head() {
  return (
    <div className="grid gap-1">
      <nav aria-label="Where you are" className="text-muted">
        <Link to="/" className="hover:underline">
          Overview
        </Link>{' '}
        /
      </nav>
      <h1 className="font-semibold text-2xl tracking-tight">Add a project</h1>
      <p className="text-muted">
        Nothing is kept before it was tried.{' '}
        <Link to="/import" className="text-accent-ink underline">
          Add many from a file
        </Link>
      </p>
    </div>
  )
}

function useCalls() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const trial = useMutation(trpc.projects.tryNew.mutationOptions())
  const add = useMutation(
    trpc.projects.add.mutationOptions({
      async onSuccess({ id }) {
        if (id === null) return
        await queryClient.invalidateQueries({ queryKey: trpc.projects.list.queryKey() })
        await navigate({ to: '/projects/$projectId', params: { projectId: id } })
      },
    }),
  )
  return { trial, add }
}

/** Without what belongs to the other sort of project. */
function sentOf({ isHosted, values }: AddDraft): Values {
  const others = isHosted
    ? ['SUPABASE_URL', 'SUPABASE_STORAGE_URL']
    : ['SUPABASE_PROJECT_REF', 'SUPABASE_ACCESS_TOKEN']
  const filled = Object.entries(values).filter(([name, value]) => value !== '' && !others.includes(name))
  return Object.fromEntries(filled)
}
