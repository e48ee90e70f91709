import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Card, CardHead } from '../../ui/card'
import { Checkbox } from '../../ui/field'
import type { ProjectDetails } from '../details'
import { problemsByName, type Values } from './setting-field'
import { SettingGroups } from './setting-groups'
import { VerdictNote } from './verdict-note'

/** The settings of the env file, tried before they are kept. */
export function SettingsCard(props: {
  project: ProjectDetails
  groups: Outputs['projects']['variables']
  settings: Outputs['projects']['settings']
}) {
  const { project, groups, settings } = props
  const [changes, setChanges] = useState<Values>({})
  const [regardless, setRegardless] = useState(false)
  const change = useChange(project.id, () => setChanges({}))
  const values = { ...settings.values, ...changes }
  const count = Object.keys(changes).length
  const send = (keep: 'if good' | 'regardless' | 'no') =>
    change.mutate({
      projectId: project.id,
      values: changes,
      fingerprint: settings.fingerprint,
      keep,
    })
  const set = (name: string, value: string) => {
    const { [name]: _before, ...others } = changes
    const isAsItWas = value === (settings.values[name] ?? '')
    setChanges(isAsItWas ? others : { ...others, [name]: value })
    change.reset()
  }
  return (
    <Card aria-labelledby="settings">
      <CardHead title="Settings" id="settings">
        <span className="text-muted [overflow-wrap:anywhere]">
          in <code className="font-mono text-[13px]">{project.envFile}</code>
        </span>
      </CardHead>
      <SettingGroups
        groups={groups}
        values={values}
        secrets={settings.secrets}
        problems={problemsByName(change.data?.problems ?? [])}
        onChange={set}
      />
      <div className="stack gap-4 border-t p-4">
        {settings.others.length > 0 && (
          <p className="text-muted [overflow-wrap:anywhere]">
            Set in the file and changed there alone, as what this machine runs and reads:{' '}
            {settings.others.join(', ')}.
          </p>
        )}
        {settings.former > 0 && (
          <p className="text-muted [overflow-wrap:anywhere]">
            {plural(settings.former, 'former passphrase is', 'former passphrases are')} kept, for archives
            that still need {settings.former === 1 ? 'it' : 'them'}:{' '}
            <code className="font-mono text-[13px]">
              npm run dashboard -- secrets --project {project.id} --former
            </code>
          </p>
        )}
        {change.isError && <ProblemNote problem={problemOf(change.error)} />}
        {change.data && (
          <VerdictNote
            verdict={change.data}
            good={change.data.isKept ? 'Tried, and kept.' : 'All of it works; nothing was kept yet.'}
          />
        )}
        {change.data && !change.data.isGood && !change.data.isKept && change.data.problems.length === 0 && (
          <Checkbox
            label="Keep it all the same"
            hint="Backups fail until that is mended."
            checked={regardless}
            onChange={({ currentTarget }) => setRegardless(currentTarget.checked)}
          />
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            variant="primary"
            disabled={count === 0 || change.isPending}
            onClick={() => send(regardless ? 'regardless' : 'if good')}
          >
            {change.isPending ? 'Trying …' : 'Try and save'}
          </Button>
          <Button disabled={change.isPending} onClick={() => send('no')}>
            Only try
          </Button>
          {count > 0 && <span className="text-muted">{plural(count, 'change')}</span>}
        </div>
      </div>
    </Card>
  )
}

function useChange(projectId: string, onKept: () => void) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  return useMutation(
    trpc.projects.change.mutationOptions({
      async onSuccess({ isKept }) {
        if (!isKept) return
        onKept()
        await queryClient.invalidateQueries({ queryKey: trpc.projects.settings.queryKey({ projectId }) })
        await queryClient.invalidateQueries({ queryKey: trpc.projects.get.queryKey({ projectId }) })
      },
    }),
  )
}
