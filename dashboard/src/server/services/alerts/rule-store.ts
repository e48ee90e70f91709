import { eq } from 'drizzle-orm'
import { newId } from '../../auth/secrets.ts'
import type { Database } from '../../db/open.ts'
import { alertRules } from '../../db/schema/index.ts'
import { notFound, Problem } from '../../problem.ts'
import type { Registry } from '../registry.ts'
import { requireTimeZone } from '../schedules/cron.ts'
import type { Channels } from './channels.ts'
import type { RuleInput } from './rules.ts'
import { type Rule, rulesIn } from './stored-rules.ts'

const mostRules = 100

/** What is told of, of which projects, and where. */
export function rulesOf(parts: {
  database: Database
  registry: Registry
  channels: Channels
  /** What a rule has found is over. */
  closeAll: (ruleId: string, now: Date) => void
}) {
  const { database, registry, channels, closeAll } = parts

  const get = (id: string): Rule => {
    const found = rulesIn(database).find((rule) => rule.id === id)
    if (found === undefined) throw notFound('rule')
    return found
  }

  const requireSound = ({ scope, channelIds, quiet }: RuleInput): void => {
    if (scope.type === 'project') registry.get(scope.project)
    for (const id of channelIds) channels.find(id)
    if (quiet !== null) requireTimeZone(quiet.timeZone)
  }

  return {
    list: () => rulesIn(database),

    /** @throws Problem NOT_FOUND */
    get,

    /** @throws Problem NOT_FOUND of a channel or project, TIME_ZONE_UNKNOWN, TOO_MANY_RULES */
    add(rule: RuleInput, now = new Date()): { ruleId: string } {
      if (rulesIn(database).length >= mostRules) throw tooMany
      requireSound(rule)
      const ruleId = newId()
      database.insert(alertRules).values({ id: ruleId, rule, createdAt: now }).run()
      return { ruleId }
    },

    /** @throws as `add`; NOT_FOUND */
    change(id: string, rule: RuleInput): void {
      get(id)
      requireSound(rule)
      database.update(alertRules).set({ rule }).where(eq(alertRules.id, id)).run()
    },

    /** What it had found is over with it. @throws Problem NOT_FOUND */
    remove(id: string, now = new Date()): void {
      get(id)
      database.transaction(() => {
        closeAll(id, now)
        database.delete(alertRules).where(eq(alertRules.id, id)).run()
      })
    },
  }
}

const tooMany = new Problem({
  status: 409,
  code: 'TOO_MANY_RULES',
  message: `There are ${mostRules} rules at most.`,
  suggestion: 'Remove one first, or let one rule be about several events.',
})
