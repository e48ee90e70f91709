import { type Finding, finding } from '../../common/findings.ts'
import { compareBytes } from '../catalogue/merge-join.ts'

/** Names kept of each kind; the count goes on. */
const namesKept = 100

/** One kind of thing that happens to objects, and what the operator is told of it. */
export interface Kind {
  severity: Finding['severity']
  kind: string
  message: (count: number) => string
}

/** Counts things by kind and remembers the first names of each, however many there are. */
export interface OutcomeCounter<Name extends string> {
  add(kind: Name, object: string): void
  count(kind: Name): number
  findings(): Finding[]
}

/** @param kinds - those that make a finding; others are only counted. */
export function createOutcomeCounter<Name extends string>(
  kinds: Partial<Record<Name, Kind>>,
): OutcomeCounter<Name> {
  const counts = new Map<Name, number>()
  const names = new Map<Name, string[]>()
  return {
    add(kind, object) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      const kept = names.get(kind) ?? []
      if (kinds[kind] && kept.length < namesKept) names.set(kind, [...kept, object])
    },
    count: (kind) => counts.get(kind) ?? 0,
    findings() {
      // Sorted, not in the order of their happening: reports of equal runs are to be equal.
      const found: Finding[] = []
      for (const name in kinds) {
        const kind = kinds[name]
        const count = counts.get(name) ?? 0
        if (kind === undefined || count === 0) continue
        found.push(
          finding({
            component: 'storage',
            severity: kind.severity,
            kind: kind.kind,
            message: kind.message(count),
            count,
            names: (names.get(name) ?? []).sort(compareBytes),
          }),
        )
      }
      return found
    },
  }
}
