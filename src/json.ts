/**
 * What the scripts need of JSON that Borg or this toolkit has written: they read none themselves.
 *
 *     json.ts FILE
 *
 * Prints the facts of FILE, see `factsOf`. In a run its follower answers the same without anything being started for it
 * (src/shell/json.sh).
 */
import { failCommand } from './common/failure.ts'
import { readJsonFacts } from './common/json-facts.ts'
import { printAnswer } from './common/output.ts'

try {
  printAnswer(await readJsonFacts(process.argv[2] ?? ''))
} catch (thrown) {
  failCommand('json', thrown)
}
