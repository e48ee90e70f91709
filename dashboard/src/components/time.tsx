import { useNow } from '~/client/now'
import { exactTime, relativeTime } from '~/client/time'

/** When something was, told from now; exactly on hover. */
export function Ago({ time, none = 'never' }: { time: string | null; none?: string }) {
  const now = useNow()
  if (time === null) return <span className="text-muted">{none}</span>
  return (
    <time dateTime={time} title={exactTime(time)} className="numeric whitespace-nowrap">
      {relativeTime(time, now)}
    </time>
  )
}
