import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { exactTime } from '~/client/time'
import { channelSchema } from '~/server/services/alerts/channel-kinds'
import { EditDialog, EditEnd } from '../forms/edit-dialog'
import { Checkbox, Field } from '../ui/field'
import { SelectField } from '../ui/select-field'
import {
  awayName,
  type ChannelField,
  channelFields,
  isSecret,
  readChannel,
  typedFields,
} from './channel-fields'
import { type Channel, kindWords } from './words'

type Kind = Channel['kind']
const kinds = channelSchema.options.map(({ shape: { kind } }) => ({
  value: kind.value,
  word: kindWords[kind.value],
}))

/** Makes a channel, or changes one. Secrets are only ever written: left empty they stay as they are. */
export function ChannelDialog(props: { channel: Channel | undefined; onClose: () => void }) {
  const { channel, onClose } = props
  return (
    <EditDialog noun="channel" edited={channel} description="Where alerts are told." onClose={onClose}>
      <ChannelForm {...props} />
    </EditDialog>
  )
}

function ChannelForm({ channel, onClose }: Parameters<typeof ChannelDialog>[0]) {
  const [kind, setKind] = useState<Kind>(channel?.kind ?? 'mail')
  const [problems, setProblems] = useState<Record<string, string>>({})
  const { add, change } = useSave(onClose)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const name = String(form.get('name') ?? '').trim()
    const fields = typedFields(kind, form)
    if (channel !== undefined) return change.mutate({ channelId: channel.id, name, fields })
    const read = readChannel(kind, fields)
    setProblems(read.problems)
    if (read.channel !== undefined) add.mutate({ name, channel: read.channel })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <SelectField
        label="Kind"
        value={kind}
        options={kinds}
        disabled={channel !== undefined}
        onChange={({ currentTarget }) => {
          setKind(kinds.find(({ value }) => value === currentTarget.value)?.value ?? 'mail')
          setProblems({})
        }}
      />
      <Field
        label="Name"
        name="name"
        defaultValue={channel?.name}
        placeholder="On call"
        maxLength={80}
        autoComplete="off"
        required
      />
      {channelFields[kind].map((field) => (
        <Question
          key={`${kind} ${field.name}`}
          field={field}
          channel={channel}
          problem={problems[field.name]}
        />
      ))}
      <EditEnd noun="channel" save={channel === undefined ? add : change} onClose={onClose} />
    </form>
  )
}

function Question(props: { field: ChannelField; channel: Channel | undefined; problem: string | undefined }) {
  const { field, channel, problem } = props
  const { name, label, placeholder, isOptional } = field
  const isKept = isSecret(name) && (channel?.secretNames.includes(name) ?? false)
  const setAt = channel?.secretsSetAt ?? null
  const shown = channel?.settings[name]
  const asked = (
    <Field
      label={label}
      name={name}
      // What is typed of a password is not to be read over a shoulder.
      type={isSecret(name) && name !== 'url' ? 'password' : 'text'}
      placeholder={placeholder}
      defaultValue={Array.isArray(shown) ? shown.join(', ') : typeof shown === 'string' ? shown : undefined}
      hint={isKept && setAt !== null ? `Set on ${exactTime(setAt)}. Empty: it stays.` : field.hint}
      problem={problem}
      autoComplete={isSecret(name) ? 'new-password' : 'off'}
      spellCheck={false}
      required={isOptional === undefined && !(isKept && setAt !== null)}
    />
  )
  if (!isKept || isOptional === undefined) return asked
  return (
    <div className="stack gap-2">
      {asked}
      <Checkbox name={awayName(name)} label="Take it away" hint="The channel does without it from then on." />
    </div>
  )
}

function useSave(onSaved: () => void) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const onSuccess = async () => {
    await queryClient.invalidateQueries({ queryKey: trpc.alerts.pathKey() })
    onSaved()
  }
  return {
    add: useMutation(trpc.alerts.addChannel.mutationOptions({ onSuccess })),
    change: useMutation(trpc.alerts.changeChannel.mutationOptions({ onSuccess })),
  }
}
