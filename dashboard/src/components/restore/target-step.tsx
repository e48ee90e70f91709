import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Checkbox } from '../ui/field'
import { Choice } from './choice'
import type { StepProps } from './step-props'

/** Where to. */
export function TargetStep({ project, role, draft, onChange }: StepProps) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const projects = useQuery(trpc.projects.list.queryOptions())
  const { target } = draft
  const isPart = draft.schemas.length + draft.tables.length > 0
  const isAdmin = role === 'admin'
  const choose = (next: NonNullable<typeof target>) =>
    onChange({ target: next, previewId: null, runId: null })
  const others = (projects.data ?? []).filter(({ id, origin }) => id !== project.id && origin !== null)
  return (
    <Card aria-labelledby="target">
      <CardHead title="Where to?" id="target">
        <Button variant="primary" disabled={target === null} onClick={() => onChange({}, 'preview')}>
          Next
        </Button>
      </CardHead>
      <fieldset className="divide-y">
        <legend className="sr-only">The target</legend>
        <Choice
          name="target"
          label="A drill"
          disabled={isPart}
          hint={
            isPart
              ? 'A drill restores the whole database: go back and choose no schema or table.'
              : project.drillTarget === null
                ? 'Into a throwaway PostgreSQL on this machine, which is compared with the backup and is gone afterwards.'
                : `Into the test project ${project.drillTarget}, which is emptied first.`
          }
          isChosen={target?.type === 'drill'}
          onChoose={() => choose({ type: 'drill' })}
        />
        <Choice
          name="target"
          label="The test project"
          disabled={project.drillTarget === null}
          hint={project.drillTarget ?? 'None is described: set the TEST_SUPABASE_ variables of the project.'}
          isChosen={target?.type === 'test'}
          onChoose={() => choose({ type: 'test' })}
        />
        {others.map(({ id, name, origin }) => (
          <Choice
            key={id}
            name="target"
            label={name}
            disabled={!isAdmin}
            hint={
              isAdmin ? `Over another project: ${origin}` : 'Over another project: this takes the role admin.'
            }
            isChosen={target?.type === 'project' && target.projectId === id}
            onChoose={() => choose({ type: 'project', projectId: id })}
          />
        ))}
        <Choice
          name="target"
          label={`${project.name} itself`}
          disabled={!isAdmin}
          hint={
            isAdmin ? `Over the project that is backed up: ${project.origin}` : 'This takes the role admin.'
          }
          isChosen={target?.type === 'project' && target.projectId === project.id}
          onChoose={() => choose({ type: 'project', projectId: project.id })}
        />
      </fieldset>
      {target !== null && target.type !== 'drill' && (
        <div className="grid gap-3 border-t p-4">
          <Checkbox
            label="Cron jobs and webhooks become active"
            hint="In a copy they sleep, so that it does not act for the original."
            checked={draft.arm}
            onChange={() => onChange({ arm: !draft.arm, previewId: null })}
          />
          <Checkbox
            label="Do not back up the target first"
            hint="Then nothing can be rolled back."
            checked={draft.noSafetyBackup}
            onChange={() => onChange({ noSafetyBackup: !draft.noSafetyBackup })}
          />
        </div>
      )}
    </Card>
  )
}
