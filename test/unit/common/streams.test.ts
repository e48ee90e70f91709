import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const nonBlocking = 0o4000

/** Starts Node from a shell whose stderr is a pipe, and looks at the shell's own stderr while Node uses it. */
function flagsBeside(prepare: string): number {
  const look = `process.stderr.write('x');
    process.stdout.write(require('node:fs').readFileSync('/proc/' + process.ppid + '/fdinfo/2', 'utf8'))`
  const script = `source src/shell/streams.sh
    { (${prepare} exec "$0" -e "$1"); : "$?"; } 2> >(cat >/dev/null)`
  const { stdout } = spawnSync('bash', ['-c', script, process.execPath, look], { encoding: 'utf8' })
  return Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(stdout)?.[1] ?? '', 8)
}

describe('a pipe that a script and a Node of its own print to', () => {
  it('stays as it was for the script, which ends where it cannot print', () => {
    expect(flagsBeside('streams_part;') & nonBlocking).toBe(0)
    expect(flagsBeside('') & nonBlocking).toBe(nonBlocking)
  })
})
