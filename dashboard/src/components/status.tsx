import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  CircleSlash,
  CircleX,
  Clock,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  OctagonX,
  TriangleAlert,
} from 'lucide-react'
import { cn } from './ui/cn'

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet'

interface Look {
  word: string
  tone: Tone
  /** Each word has a shape of its own: colour alone tells nothing to some. */
  icon: LucideIcon
}

/** How safe a project is. */
export const safetyLooks = {
  safe: { word: 'Safe', tone: 'good', icon: CircleCheck },
  degraded: { word: 'Degraded', tone: 'warn', icon: TriangleAlert },
  overdue: { word: 'Overdue', tone: 'warn', icon: Clock },
  never: { word: 'Never backed up', tone: 'warn', icon: CircleDashed },
  inactive: { word: 'Inactive', tone: 'quiet', icon: CirclePause },
  failed: { word: 'Failed', tone: 'bad', icon: CircleX },
  unreadable: { word: 'Not readable', tone: 'bad', icon: OctagonX },
} as const satisfies Record<string, Look>

const outcomeLooks: Record<string, Look> = {
  success: { word: 'Success', tone: 'good', icon: CircleCheck },
  complete: { word: 'Complete', tone: 'good', icon: CircleCheck },
  carried: { word: 'Carried over', tone: 'quiet', icon: CircleCheck },
  stale: { word: 'Of an earlier backup', tone: 'warn', icon: TriangleAlert },
  unchanged: { word: 'Unchanged', tone: 'good', icon: CircleCheck },
  degraded: { word: 'Degraded', tone: 'warn', icon: TriangleAlert },
  failed: { word: 'Failed', tone: 'bad', icon: CircleX },
  interrupted: { word: 'Interrupted', tone: 'warn', icon: Ban },
  crashed: { word: 'Killed', tone: 'bad', icon: OctagonX },
  answered: { word: 'Done', tone: 'good', icon: CircleCheck },
  refused: { word: 'Not begun', tone: 'bad', icon: CircleX },
  skipped: { word: 'Skipped', tone: 'quiet', icon: CircleSlash },
  lost: { word: 'Not known', tone: 'warn', icon: CircleHelp },
  queued: { word: 'Queued', tone: 'quiet', icon: Hourglass },
  cancelled: { word: 'Cancelled', tone: 'quiet', icon: Ban },
  starting: { word: 'Starting', tone: 'info', icon: LoaderCircle },
  running: { word: 'Running', tone: 'info', icon: LoaderCircle },
  cancelling: { word: 'Cancelling', tone: 'warn', icon: LoaderCircle },
  critical: { word: 'Critical', tone: 'bad', icon: OctagonX },
  warning: { word: 'Warning', tone: 'warn', icon: TriangleAlert },
  waiting: { word: 'Waiting', tone: 'quiet', icon: Hourglass },
  sending: { word: 'Sending', tone: 'info', icon: LoaderCircle },
  delivered: { word: 'Delivered', tone: 'good', icon: CircleCheck },
  dropped: { word: 'Not sent', tone: 'quiet', icon: CircleSlash },
  newer: { word: 'Newer report', tone: 'quiet', icon: CircleHelp },
  damaged: { word: 'Damaged report', tone: 'warn', icon: CircleHelp },
}

const tones: Record<Tone, string> = {
  good: 'text-good',
  warn: 'text-warn',
  bad: 'text-bad',
  info: 'text-info',
  quiet: 'text-muted',
}

export const softTones: Record<Tone, string> = {
  good: 'border-good/30 bg-good-soft',
  warn: 'border-warn/40 bg-warn-soft',
  bad: 'border-bad/40 bg-bad-soft',
  info: 'border-info/40 bg-info-soft',
  quiet: 'bg-surface',
}

export function lookOf(outcome: string): Look {
  return outcomeLooks[outcome] ?? { word: outcome, tone: 'quiet', icon: CircleHelp }
}

/** A state by shape and word. */
export function Status({ look, className }: { look: Look; className?: string }) {
  const { word, tone, icon: Icon } = look
  return (
    <span
      className={cn('inline-flex items-center gap-1.5 whitespace-nowrap font-medium', tones[tone], className)}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      {word}
    </span>
  )
}
