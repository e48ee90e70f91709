import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { inTemporaryFolder } from '../../../src/sandbox/workspace.ts'

const run = promisify(execFile)

/**
 * A script that waits for one of its programs while another is under way, and is told to stop in the very moment that the program
 * ends: as by Ctrl-C, or by `systemctl stop`, which reach both. Bash 5.2 then loses that end about every second time.
 */
const script = `
  set -Eeuo pipefail
  root=$PWD run_dir=/nowhere
  source src/shell/streams.sh
  source src/shell/child.sh
  sleep 1000 &
  beside=$!
  stopped() {
    child_end_watched TERM
    child_stop
    kill "$beside"
    echo stopped
    exit 143
  }
  trap stopped TERM
  (sleep 0.5; exec bash -c 'kill -KILL -- "-$(<"$2")"; kill -TERM "$1"' killer "$$" "$1") &
  set -m
  sleep 1000 &
  child_pids=("$!")
  set +m
  echo "$!" >"$1"
  if [[ $2 == watched ]]; then child_watch "$!"; else wait "$!"; fi || true
  while :; do sleep 0.1; done
`

describe('a script that is stopped in the moment that its program ends', () => {
  it.each(['watched', 'begun'])('does not wait for ever for one that was %s', async (kind) => {
    await inTemporaryFolder(async (folder) => {
      const attempts = Array.from({ length: 6 }, (_, index) =>
        run('bash', ['-c', script, 'bash', `${folder}/${index}`, kind], {
          timeout: 30_000,
          killSignal: 'SIGKILL',
        }).catch((error: { code: number; stdout: string }) => error),
      )
      for (const ended of await Promise.all(attempts)) {
        expect(ended).toMatchObject({ code: 143, stdout: 'stopped\n' })
      }
    })
  })
})
