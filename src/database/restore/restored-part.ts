import type { ComponentResult } from '../../common/findings.ts'
import type { DatabaseVerification } from '../verify/verify.ts'

/** What restoring a part of the database came to. */
export interface RestoredPart {
  result: ComponentResult
  /** What a comparison of the part's definitions came to; undefined where none were restored by themselves. */
  verification: DatabaseVerification | undefined
}
