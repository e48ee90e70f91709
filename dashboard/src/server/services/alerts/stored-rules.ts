import type { Database } from '../../db/open.ts'
import { alertRules } from '../../db/schema/index.ts'
import { type RuleInput, ruleInputSchema } from './rules.ts'

export type Rule = RuleInput & { id: string }

/** Every rule, in the order of their names. */
export function rulesIn(database: Database): Rule[] {
  const rows = database.select().from(alertRules).all()
  return rows
    .map(({ id, rule }) => ({ ...ruleInputSchema.parse(rule), id }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}
