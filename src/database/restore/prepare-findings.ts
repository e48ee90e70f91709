import { type Finding, finding } from '../../common/findings.ts'
import type { ManagedObject } from '../facts/all.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import type { Contents } from '../rules/contents.ts'
import { describeOlder } from '../rules/extension-versions.ts'
import type { ExtensionPlan } from '../rules/extensions.ts'
import { transformedBy } from '../rules/plan.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { forbidsWrites, settingName } from '../rules/roles.ts'
import type { Decision } from '../rules/rules.ts'
import { isPublicAdopted } from '../rules/schema-public.ts'
import { strangerFindings } from '../rules/strangers.ts'
import { type WebhookPlan, type WebhookTrigger, webhookFindings } from '../rules/webhooks.ts'
import { describeCallers, type ExtensionCallers } from './extension-callers.ts'
import { onlyAtTargetFindings } from './only-at-target.ts'
import type { Target } from './target.ts'
import { userMappingFindings } from './user-mappings.ts'

function found(severity: Finding['severity'], kind: string, message: string, names: string[]): Finding[] {
  return names.length === 0 ? [] : [finding({ component: 'database', severity, kind, message, names })]
}

/** A word beforehand where the target is older than what was dumped. */
function olderTargetFindings({ serverVersion }: Contents, { server }: Target): Finding[] {
  const [from, to] = [Number.parseInt(serverVersion, 10), Math.floor(server.version / 10_000)]
  if (!(to < from)) return []
  const message = `The target runs PostgreSQL ${to}, older than the backup's ${from}: it refuses what only the newer one knows. Restore into a server of major ${from} or later if it does.`
  return [finding({ component: 'database', severity: 'manual', kind: 'target-older', message, count: 1 })]
}

interface Known {
  contents: Contents
  everything: CatalogFacts
  recorded: CatalogFacts
  target: Target
  decisions: readonly Decision[]
  webhooks: WebhookPlan
  enabled: readonly WebhookTrigger[]
  strangers: readonly ManagedObject[]
  callers: readonly ExtensionCallers[]
  missing: ReadonlySet<string>
  older: ExtensionPlan['older']
  lostColumns: string[]
  rollback: boolean
}

/** One of those that are left to the target as the platform's, though what it calls stands in no schema of the platform. */
function isOwnEventTrigger({ rule, entry }: Decision): boolean {
  const [, schema] = / EXECUTE FUNCTION "((?:[^"]|"")*)"\./.exec(entry.defn) ?? []
  return (
    rule.id === 'platform-event-triggers' &&
    schema !== undefined &&
    !isManagedSchema(schema.replaceAll('""', '"'))
  )
}

/**
 * What is known before a restore writes anything: what of the backup the target will not have as it was, and what is to be done by hand.
 * @param known.everything what the backup recorded, `recorded` what of it is restored
 * @param known.enabled triggers whose Database Webhooks are enabled before
 * @param known.missing extensions that the target does not offer, and `callers` what calls them
 * @param known.lostColumns of the services' tables, those that the target has not
 * @param known.rollback what the backup does not know is dropped, and need not be named
 */
export function findingsBeforehand(known: Known): Finding[] {
  const { contents, everything, recorded, target, decisions } = known
  const { webhooks, enabled, strangers, lostColumns, rollback } = known
  return [
    ...webhookFindings(webhooks, enabled),
    ...extensionFindings(known),
    ...found(
      'degraded',
      'service-columns-lost',
      "The target's Auth or Storage service is older and has no place for the values of these columns.",
      lostColumns,
    ),
    ...found(
      'manual',
      'adopted-objects',
      'These objects belonged to a platform role, which only a superuser can give them to; they now belong to postgres.',
      [
        ...(isPublicAdopted(contents.entries) ? ['SCHEMA public'] : []),
        ...transformedBy(decisions, 'owned-by-the-platform').map(
          ({ desc, namespace, tag }) => `${desc} ${namespace}.${tag}`,
        ),
      ],
    ),
    ...found(
      'manual',
      'event-triggers-left-out',
      'These event triggers belong to a platform role, which only a superuser can give them to, and call functions of your own. They are not restored: make them by hand at the target (CREATE EVENT TRIGGER), where they are wanted.',
      decisions.filter(isOwnEventTrigger).map(({ entry }) => entry.tag),
    ),
    ...strangerFindings(strangers),
    ...olderTargetFindings(contents, target),
    ...(rollback ? [] : onlyAtTargetFindings(everything, target)),
    ...userMappingFindings(recorded.userMappings),
    ...leftOutFindings(known),
  ]
}

function extensionFindings({ callers, missing, older }: Known): Finding[] {
  return [
    ...found(
      'manual',
      'extension-missing',
      'The target does not offer these extensions. Nothing that was restored is made of them; functions that call them will fail.',
      [...missing].map((name) => {
        const known = callers.find(({ extension }) => extension === name)
        return known ? describeCallers(known) : name
      }),
    ),
    ...found(
      'note',
      'extension-older',
      'The target has older versions of these extensions than the origin, and what is restored is made of them: what came with a newer version cannot be restored there.',
      older.map(describeOlder),
    ),
  ]
}

/** What is not restored, whatever the target is. */
function leftOutFindings({ recorded, decisions }: Known): Finding[] {
  return [
    ...found(
      'note',
      'left-writable',
      'The database of the backup lets nobody write. The target is left without these settings, since with them its services could not take files back, nor sign anybody in; make them there (ALTER DATABASE … SET) where they are wanted.',
      recorded.settings.filter(forbidsWrites).map(settingName),
    ),
    ...found(
      'manual',
      'subscriptions-left-out',
      'Subscriptions to other servers are not restored, as they would take changes from their publisher: make them anew where they are wanted (CREATE SUBSCRIPTION); the backup has their definitions in database/subscriptions.jsonl.',
      [
        ...new Set([
          ...transformedBy(decisions, 'subscriptions').map(({ tag }) => tag),
          ...recorded.subscriptions.map(({ name }) => name),
        ]),
      ],
    ),
  ]
}
