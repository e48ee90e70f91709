import { cn } from '../ui/cn'

export interface Labelled {
  environment: 'development' | 'staging' | 'production' | null
  groups: readonly string[]
  tags: readonly string[]
}

export const environments = ['production', 'staging', 'development'] as const

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** Where a project belongs, in small words. */
export function Labels({ project, className }: { project: Labelled; className?: string }) {
  const { environment, groups, tags } = project
  if (environment === null && groups.length + tags.length === 0) return null
  const chip = 'max-w-40 truncate rounded-full border px-2 text-[12px] leading-5'
  return (
    <span className={cn('flex min-w-0 flex-wrap items-center gap-1', className)}>
      {environment !== null && (
        <span className={cn(chip, 'border-line-strong')}>{capitalised(environment)}</span>
      )}
      {groups.map((group) => (
        <span
          key={`group ${group}`}
          className={cn(chip, 'border-transparent bg-hover')}
          title={`Group ${group}`}
        >
          {group}
        </span>
      ))}
      {tags.map((tag) => (
        <span key={`tag ${tag}`} className={cn(chip, 'border-dashed text-muted')} title={`Tag ${tag}`}>
          {tag}
        </span>
      ))}
    </span>
  )
}
