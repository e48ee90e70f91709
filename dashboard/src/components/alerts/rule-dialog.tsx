import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { EditDialog, EditEnd, useDraft } from '../forms/edit-dialog'
import { Checkbox, Field } from '../ui/field'
import { ruleDraftOf, ruleInputOf } from './rule-draft'
import { ChoiceFields, EventFields, ScopeFields, WhenFields } from './rule-fields'
import type { Channel, Rule } from './words'

/** Makes a rule, or changes one. */
export function RuleDialog(props: {
  rule: Rule | undefined
  channels: readonly Channel[]
  onClose: () => void
}) {
  const { rule, onClose } = props
  return (
    <EditDialog
      noun="rule"
      edited={rule}
      description="What is told, of which projects, and where. When its cause is gone, that is told too."
      onClose={onClose}
    >
      <RuleForm {...props} />
    </EditDialog>
  )
}

function RuleForm({ rule, channels, onClose }: Parameters<typeof RuleDialog>[0]) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const { draft, change } = useDraft(() => ruleDraftOf(rule))
  const onSuccess = async () => {
    await queryClient.invalidateQueries({ queryKey: trpc.alerts.pathKey() })
    onClose()
  }
  const add = useMutation(trpc.alerts.addRule.mutationOptions({ onSuccess }))
  const save = useMutation(trpc.alerts.changeRule.mutationOptions({ onSuccess }))
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const said = ruleInputOf(draft)
    if (rule === undefined) add.mutate({ rule: said })
    else save.mutate({ ruleId: rule.id, rule: said })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <Field
        label="Name"
        value={draft.name}
        onChange={({ currentTarget }) => change({ name: currentTarget.value })}
        placeholder="What must not be missed"
        maxLength={80}
        autoComplete="off"
        required
      />
      <EventFields draft={draft} change={change} />
      <ScopeFields scope={draft.scope} onScope={(scope) => change({ scope })} />
      <ChoiceFields
        legend="Where it is told"
        options={channels.map(({ id, name, goesTo }) => ({ value: id, word: name, hint: goesTo }))}
        chosen={draft.channelIds}
        onChoose={(channelIds) => change({ channelIds })}
      />
      <WhenFields draft={draft} change={change} />
      <Checkbox
        label="Paused"
        hint="Nothing new is opened, and nothing is told again."
        checked={draft.isPaused}
        onChange={({ currentTarget }) => change({ isPaused: currentTarget.checked })}
      />
      <EditEnd noun="rule" save={rule === undefined ? add : save} onClose={onClose} />
    </form>
  )
}
