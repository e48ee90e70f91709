import { cn } from './cn'

/** Where something will stand in a moment. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('rounded-md bg-line/60', className)} />
}

export function SkeletonPage({ label }: { label: string }) {
  return (
    <div className="stack gap-4" role="status">
      <span className="sr-only">{label}</span>
      <Skeleton className="h-8 w-64" />
      <Skeleton className="h-24" />
      <Skeleton className="h-64" />
    </div>
  )
}
