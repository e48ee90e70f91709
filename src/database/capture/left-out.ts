import { join } from 'node:path'
import { z } from 'zod'
import { readJsonl, writeJsonl } from '../../common/jsonl.ts'
import type { Omission } from '../../components/component.ts'
import { readCatalogFacts } from '../facts/catalog-facts.ts'
import type { Relation } from '../facts/relations.ts'
import { nameOf, readContents } from '../rules/contents.ts'
import { decide } from '../rules/rules.ts'

const omissionSchema = z.object({ name: z.string(), rule: z.string().nullable(), reason: z.string() })

/** Where a generation lists them, relative to it. */
export const leftOutFile = 'database/left-out.jsonl'

/**
 * Writes `database/left-out.jsonl`: what the rules leave out of a restore of the dump, by name with the reason, and what the
 * role that made the backup could not read.
 * @param unreadable undefined of a backup that has no dump
 * @returns how many there are
 */
export async function recordLeftOut(
  generation: string,
  unreadable: readonly Relation[] | undefined,
): Promise<number> {
  const missing = (unreadable ?? []).map(
    ({ schema, name }): Omission => ({
      name: `${schema} ${name}`,
      rule: null,
      reason: 'The database role may not read it, so it is not in the backup.',
    }),
  )
  const omissions = [...missing, ...(unreadable ? await decideAnew(generation) : [])]
  await writeJsonl(join(generation, leftOutFile), omissions)
  return omissions.length
}

/** What a generation says that a restore leaves out; by today's rules where it was made before that was recorded. */
export async function leftOutOf(generation: string): Promise<Omission[]> {
  const recorded = readJsonl(join(generation, leftOutFile), (line) => omissionSchema.parse(line))
  return Array.fromAsync(recorded).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return decideAnew(generation)
  })
}

async function decideAnew(generation: string): Promise<Omission[]> {
  const { entries } = await readContents(join(generation, 'database', 'dump'))
  return decide(entries, await readCatalogFacts(generation))
    .filter(({ action }) => action === 'drop')
    .map(({ entry, rule }) => ({ name: nameOf(entry), rule: rule.id, reason: rule.reason }))
}
