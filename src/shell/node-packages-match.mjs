/**
 * Exits 0 when node_modules holds what package-lock.json says, judged by the record npm keeps of its last installation.
 *
 *     node node-packages-match.mjs ROOT run|test
 *
 * Plain JavaScript, because it runs on the machine's own Node, any since 18, before anything is installed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const [root, scope] = process.argv.slice(2)

function readPackages(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8')).packages
}

const { '': _project, ...locked } = readPackages('package-lock.json')
const installed = readPackages('node_modules/.package-lock.json')

/** Packages for other systems are optional and absent; test tools are absent from an installation that only runs. */
function mayBeAbsent(entry) {
  return entry.optional || entry.devOptional || entry.peer || (scope === 'run' && entry.dev)
}

const nothingMissing = Object.entries(locked).every(([path, entry]) => path in installed || mayBeAbsent(entry))
const nothingElse = Object.entries(installed).every(
  ([path, entry]) => locked[path]?.version === entry.version && locked[path]?.integrity === entry.integrity,
)
process.exitCode = nothingMissing && nothingElse ? 0 : 1
