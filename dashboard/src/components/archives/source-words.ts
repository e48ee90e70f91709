import type { Outputs } from '~/client/client'
import { describePartial } from '~/client/units'

type Source = Outputs['archives']['list']['sources'][number]

const kinds: Record<Exclude<Source['kind'], 'archive' | 'partial'>, string> = {
  local: 'on this machine',
  extract: 'extracted last',
  'before-restore': 'a target before it was restored over',
  predecessor: 'by the predecessor',
}

/** What a version is, where it is no full archive. */
export function kindOf({ kind, partial }: Source): string | null {
  if (kind === 'archive') return null
  if (kind !== 'partial') return kinds[kind]
  const { type = 'full', schemas = [], excludeTables = [] } = partial ?? {}
  return describePartial({ type, schemas, excludeTables })
}
