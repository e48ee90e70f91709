import { Tick } from '../ui/field'

/** One of several, with what it means below. */
export function Choice(props: {
  name: string
  label: string
  hint?: React.ReactNode
  isChosen: boolean
  disabled?: boolean
  onChoose: () => void
}) {
  const { isChosen, onChoose, ...rest } = props
  return <Tick type="radio" className="px-4 py-2.5" checked={isChosen} onChange={onChoose} {...rest} />
}
