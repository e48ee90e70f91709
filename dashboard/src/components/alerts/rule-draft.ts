import type { inferRouterInputs } from '@trpc/server'
import type { AppRouter } from '~/server/trpc/router'
import type { Rule } from './words'

type Input = inferRouterInputs<AppRouter>['alerts']['addRule']['rule']

/** What stands in the form: as text where it is typed. */
export interface RuleDraft {
  name: string
  events: Rule['events']
  scope: Rule['scope']
  channelIds: string[]
  changePercent: string
  freePercent: string
  repeatHours: string
  quietFrom: string
  quietTo: string
  timeZone: string
  isPaused: boolean
}

/** What must not be missed. */
const usual: Omit<Rule, 'id'> = {
  ...{ name: '', events: ['failed', 'degraded', 'overdue', 'drill-failed', 'disk'], scope: { type: 'all' } },
  ...{ channelIds: [], changePercent: 50, freePercent: 10, repeatHours: 24, quiet: null, isPaused: false },
}

/** The form of a rule, or of a new one. */
export function ruleDraftOf(rule: Rule | undefined): RuleDraft {
  const { quiet, ...said } = rule ?? usual
  return {
    ...said,
    changePercent: String(said.changePercent),
    freePercent: String(said.freePercent),
    repeatHours: said.repeatHours === null ? '' : String(said.repeatHours),
    quietFrom: quiet?.window.from ?? '',
    quietTo: quiet?.window.to ?? '',
    timeZone: quiet?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
}

/** What is sent; the server says what of it is wrong. */
export function ruleInputOf(draft: RuleDraft): Input {
  const { name, events, scope, channelIds, isPaused, quietFrom, quietTo, timeZone } = draft
  const isQuiet = quietFrom !== '' || quietTo !== ''
  return {
    ...{ name, events, scope, channelIds, isPaused },
    changePercent: Number(draft.changePercent),
    freePercent: Number(draft.freePercent),
    repeatHours: draft.repeatHours === '' ? null : Number(draft.repeatHours),
    quiet: isQuiet ? { window: { from: quietFrom, to: quietTo }, timeZone } : null,
  }
}
