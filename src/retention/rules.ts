import type { Settings } from '../config/variables.ts'
import type { RetentionRules } from './plan.ts'

/** The retention rules as the operator set them. */
export function retentionRules(settings: Settings): RetentionRules {
  return {
    keepWithinDays: settings.BORG_RETENTION_DAYS,
    keep: {
      daily: settings.BORG_KEEP_DAILY,
      weekly: settings.BORG_KEEP_WEEKLY,
      monthly: settings.BORG_KEEP_MONTHLY,
      yearly: settings.BORG_KEEP_YEARLY,
    },
    minArchives: settings.MIN_ARCHIVES,
  }
}
