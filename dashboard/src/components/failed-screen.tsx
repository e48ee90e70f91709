import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { problemOf } from '~/client/problem'
import { ProblemNote } from './problem-note'
import { Button } from './ui/button'

/** In place of a screen whose data could not be had. */
export function FailedScreen({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const again = () => {
    reset()
    void router.invalidate()
  }
  return (
    <div className="mx-auto grid w-full max-w-xl gap-4 px-4 py-10">
      <h1 className="font-semibold text-lg">This could not be shown</h1>
      <ProblemNote problem={problemOf(error)} />
      <div>
        <Button onClick={again}>Try again</Button>
      </div>
    </div>
  )
}
