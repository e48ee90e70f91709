import { Link } from '@tanstack/react-router'
import { Button } from './ui/button'

export function NotFoundScreen() {
  return (
    <div className="mx-auto grid w-full max-w-xl gap-3 px-4 py-16">
      <h1 className="font-semibold text-lg">There is nothing here</h1>
      <p className="text-muted">The address is wrong, or what was here has been removed.</p>
      <div>
        <Button asChild>
          <Link to="/">Go to the overview</Link>
        </Button>
      </div>
    </div>
  )
}
