import { CircleCheck, CircleX } from 'lucide-react'
import { Conditions, type ShownCondition } from '../../health/conditions'
import { softTones } from '../../status'
import { cn } from '../../ui/cn'

interface ShownVerdict {
  isGood: boolean
  problems: readonly { name: string; message: string }[]
  conditions: readonly ShownCondition[]
}

/** What came of trying settings. @param good what it means where nothing stands in the way */
export function VerdictNote({ verdict, good }: { verdict: ShownVerdict; good: string }) {
  const { isGood, problems, conditions } = verdict
  const Icon = isGood ? CircleCheck : CircleX
  const word =
    problems.length > 0
      ? 'Some of it cannot be right, and was not tried:'
      : isGood
        ? good
        : 'Something stands in the way.'
  return (
    <div role={isGood ? 'status' : 'alert'} className="overflow-hidden rounded-lg border bg-surface">
      <p className={cn('flex gap-2.5 border-b px-4 py-2.5 font-medium', softTones[isGood ? 'good' : 'bad'])}>
        <Icon aria-hidden className={cn('mt-0.5 size-4 shrink-0', isGood ? 'text-good' : 'text-bad')} />
        {word}
      </p>
      {problems.length > 0 && (
        <ul className="grid gap-1 px-4 py-2.5 [overflow-wrap:anywhere]">
          {problems.map(({ name, message }) => (
            <li key={`${name} ${message}`}>
              {name === 'project' ? message : `${name === 'name' ? 'The name' : name} ${message}.`}
            </li>
          ))}
        </ul>
      )}
      {conditions.length > 0 && <Conditions conditions={conditions} />}
    </div>
  )
}
