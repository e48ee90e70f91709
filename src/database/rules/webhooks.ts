import { type Finding, finding } from '../../common/findings.ts'
import { quoteName } from '../sql/statements.ts'
import type { ContentsEntry } from './contents.ts'
import { isManagedSchema } from './platform.ts'
import { readTrigger, type Trigger } from './platform-objects.ts'
import type { Decision } from './rules.ts'

/** Is there where Database Webhooks are enabled. */
export const webhooksSchema = 'supabase_functions'
/** Schemas whose functions call out of the database: Database Webhooks, and pg_net itself. */
const outgoingSchemas = [webhooksSchema, 'net']

export interface WebhookTrigger extends Trigger {
  entry: ContentsEntry
}

/** Whether a trigger calls out of the database. */
export function isWebhook(trigger: Trigger): boolean {
  const [schema] = trigger.calls
  return schema !== undefined && trigger.calls.length > 1 && outgoingSchemas.includes(schema)
}

export interface WebhookPlan {
  /** Created and then disabled. */
  disable: WebhookTrigger[]
  /** On tables of the platform, where only the owner could disable one: not created. */
  leaveOut: WebhookTrigger[]
  /** Calling a schema the target does not have. */
  impossible: WebhookTrigger[]
}

/**
 * What becomes of the triggers that would call out of the target.
 * @param options.arm whether they may
 */
export async function planWebhooks(
  decisions: readonly Decision[],
  options: { arm: boolean; schemas: ReadonlySet<string> },
): Promise<WebhookPlan> {
  const plan: WebhookPlan = { disable: [], leaveOut: [], impossible: [] }
  for (const { entry, action } of decisions) {
    if (entry.desc !== 'TRIGGER' || action === 'drop') continue
    const trigger = { ...(await readTrigger(entry)), entry }
    if (!isWebhook(trigger)) continue
    if (!options.schemas.has(trigger.calls[0] ?? '')) plan.impossible.push(trigger)
    else if (!options.arm && isManagedSchema(trigger.schema)) plan.leaveOut.push(trigger)
    else if (!options.arm && trigger.state === 'enabled') plan.disable.push(trigger)
  }
  return plan
}

/** Those that wait for Database Webhooks to be enabled at a target that has these schemas. */
export async function lackingWebhooks(
  decisions: readonly Decision[],
  schemas: ReadonlySet<string>,
): Promise<WebhookTrigger[]> {
  const { impossible } = await planWebhooks(decisions, { arm: false, schemas })
  return impossible.filter(({ calls: [schema] }) => schema === webhooksSchema)
}

/** SQL that keeps them from firing. */
export function disableStatements(triggers: readonly Trigger[]): string {
  return triggers
    .map(
      ({ schema, table, name }) =>
        `ALTER TABLE ${quoteName(schema, table)} DISABLE TRIGGER ${quoteName(name)};\n`,
    )
    .join('')
}

/** @param enabled those for which the restore has Database Webhooks enabled */
export function webhookFindings(plan: WebhookPlan, enabled: readonly WebhookTrigger[] = []): Finding[] {
  const found = (
    severity: Finding['severity'],
    kind: string,
    message: string,
    triggers: readonly WebhookTrigger[],
  ) =>
    triggers.length === 0
      ? []
      : [
          finding({
            ...{ component: 'database' as const, severity, kind, message },
            names: triggers.map(({ schema, table, name }) => `${name} on ${schema}.${table}`),
          }),
        ]
  return [
    ...found(
      'note',
      'webhooks-enabled',
      'The target has no Database Webhooks, which these triggers call: the restore enables them by the access token, where that may (database_webhooks_config_write).',
      enabled,
    ),
    ...found(
      'note',
      'webhooks-disarmed',
      'These webhook triggers were restored disabled; restore.sh --arm enables them.',
      plan.disable,
    ),
    ...found(
      'note',
      'webhooks-left-out',
      'These webhook triggers on tables of the platform were left out; restore.sh --arm creates them.',
      plan.leaveOut,
    ),
    ...found(
      'manual',
      'webhooks-unavailable',
      'The target has no Database Webhooks: enable them (Supabase dashboard, Database, Webhooks), then run restore.sh --arm. With an access token of the target, which may do that (database_webhooks_config_write), a restore enables them by itself.',
      plan.impossible,
    ),
  ]
}
