import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Builds what the tests of the program and of the pages run, unless it is built of these sources. */
export default function setup(): void {
  const folder = join(import.meta.dirname, '../..')
  const command =
    'source ./setup.sh && node=$(node_find "$root") && setup_build && printf %s "$build_directory"'
  process.env['DASHBOARD_BUILD'] = execFileSync('bash', ['-euc', command], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
