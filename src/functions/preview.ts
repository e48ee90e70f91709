import { plural } from '../common/units.ts'
import type { ComponentPreview, RestoreContext } from '../components/component.ts'
import type { FunctionsApi } from './api.ts'
import { byHandIntoFolder } from './folder-plan.ts'
import { compareWithTarget, keepsExtra } from './plan.ts'
import { planSecrets } from './secret-plan.ts'

/** What a restore would do to the target's functions and their secrets; changes nothing. */
export async function previewFunctions(
  api: FunctionsApi,
  context: RestoreContext,
): Promise<ComponentPreview> {
  const { different, equal, refused, extra } = await compareWithTarget({ api, context, anew: false })
  const isNew = ({ differences }: (typeof different)[number]) =>
    differences.some(({ kind }) => kind === 'function-missing')
  const slugs = (chosen: typeof different) => chosen.map(({ source }) => source.slug)
  const { set, unset, differing } = await planSecrets(api, context)
  const document = {
    add: slugs(different.filter(isNew)),
    replace: slugs(different.filter((each) => !isNew(each))),
    remove: keepsExtra(context) ? [] : extra,
    unchanged: equal.length,
    refused: [...refused].map(([slug, why]) => `${slug}: ${why}`),
    secrets: { set: set.map(({ name }) => name), unset, differing },
  }
  return { document, lines: (limit) => previewLines(document, limit) }
}

interface FunctionsPreview {
  add: readonly string[]
  replace: readonly string[]
  remove: readonly string[]
  unchanged: number
  /** Those that the target cannot have, each with the reason. */
  refused: readonly string[]
  secrets: Record<'set' | 'unset' | 'differing', readonly string[]>
}

function previewLines(
  { add, replace, remove, unchanged, refused, secrets }: FunctionsPreview,
  limit: number,
): string[] {
  const line = (names: readonly string[], what: string) =>
    names.length === 0 ? [] : [`  ${what}: ${some(names, limit)}`]
  return [
    `Functions: ${plural(add.length, 'new one')}, ${replace.length} replaced, ${remove.length} removed, ${unchanged} as they are`,
    ...line(add, 'new'),
    ...line(replace, 'replaced'),
    ...line(remove, 'REMOVED, as the backup does not have them'),
    ...refused.slice(0, limit).map((why) => `  cannot be deployed there: ${why}`),
    ...(refused.length > limit ? [`  cannot be deployed there: ${refused.length - limit} more`] : []),
    ...(refused.length > 0 ? [`  ${byHandIntoFolder}`] : []),
    ...line(secrets.set, 'secrets that are set'),
    ...line(secrets.unset, 'secrets that somebody has to set'),
    ...line(secrets.differing, 'secrets that have another value, and keep it'),
  ]
}

function some(names: readonly string[], limit: number): string {
  const more = names.length - limit
  return `${names.slice(0, limit).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
