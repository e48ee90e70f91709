import type { CatalogFacts } from '../database/facts/catalog-facts.ts'
import { leaveOutAsked } from '../database/restore/left-out.ts'
import type { Contents } from '../database/rules/contents.ts'
import { neededExtensions } from '../database/rules/extensions.ts'
import { decide } from '../database/rules/rules.ts'
import type { DrillNeeds } from './server.ts'

/**
 * What a backup asks of the server it is drilled on.
 * @param without entries of the dump that are not restored, with what depends on them, as `leaveOutAsked` takes them
 */
export function needsOf(
  { contents, recorded }: { contents: Contents; recorded: CatalogFacts },
  { leaveOut = [], notHeld }: { leaveOut?: readonly string[] | undefined; notHeld?: readonly string[] } = {},
): DrillNeeds {
  const leftOut = leaveOutAsked(leaveOut, contents.entries, notHeld).entries
  const entries = contents.entries.filter((entry) => !leftOut.has(entry))
  return {
    major: Number.parseInt(contents.serverVersion, 10),
    extensions: recorded.extensions,
    needed: neededExtensions(decide(entries, recorded)),
  }
}
