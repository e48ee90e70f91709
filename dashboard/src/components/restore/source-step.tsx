import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { exactTime } from '~/client/time'
import { formatBytes } from '~/client/units'
import { Asked } from '../archives/asked'
import { kindOf } from '../archives/source-words'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Choice } from './choice'
import type { StepProps } from './step-props'

/** From which backup. */
export function SourceStep({ project, draft, onChange }: StepProps) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const list = useQuery(trpc.archives.list.queryOptions({ projectId: project.id }))
  // What of another backup was chosen need not be in this one.
  const choose = (archive: string) =>
    onChange({ archive, only: null, schemas: [], tables: [], buckets: [], previewId: null })
  return (
    <Card aria-labelledby="source">
      <CardHead title="From which backup?" id="source">
        <Button variant="primary" disabled={draft.archive === null} onClick={() => onChange({}, 'parts')}>
          Next
        </Button>
      </CardHead>
      <Asked query={list} waiting="The repository is asked …">
        {({ sources }) => (
          <fieldset className="max-h-[60dvh] divide-y overflow-y-auto">
            <legend className="sr-only">The backup</legend>
            {sources
              .filter(({ kind, foreign }) => kind !== 'predecessor' && foreign !== true)
              .map((source) => (
                <Choice
                  key={source.name}
                  name="source"
                  label={exactTime(source.time)}
                  hint={[
                    source.name,
                    kindOf(source),
                    source.status,
                    source.verified ? 'proven' : null,
                    source.pin === null ? null : 'pinned',
                    source.bytes === null ? null : formatBytes(source.bytes),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                  isChosen={draft.archive === source.name}
                  onChoose={() => choose(source.name)}
                />
              ))}
          </fieldset>
        )}
      </Asked>
    </Card>
  )
}
