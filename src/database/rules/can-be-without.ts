import type { ContentsEntry } from './contents.ts'

/** What others are made of only where they call it. */
const called = new Set(['FUNCTION', 'AGGREGATE', 'OPERATOR', 'SEQUENCE'])

/**
 * Whether an entry that depends on another one can be made without what needs it: a table or domain whose defaults, checks or
 * computed columns call a function, or take numbers from a sequence. What a table is divided by, it cannot be without.
 */
export function canBeWithout({ desc, defn }: ContentsEntry, on: Pick<ContentsEntry, 'desc'>): boolean {
  if (!called.has(on.desc)) return false
  return desc === 'DOMAIN' || (desc === 'TABLE' && !/^PARTITION BY [A-Z]+ \(.*\(/ms.test(defn))
}
