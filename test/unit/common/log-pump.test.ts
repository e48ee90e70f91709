import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-pump-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const pumps = {
  text: 'source src/shell/log.sh; log_pump 3 4',
  json: `exec '${process.execPath}' --import tsx src/log.ts pump 3 4`,
}

it.each(Object.entries(pumps))(
  'the log as %s leaves out what Bash says of a program of ours that was killed, and nothing else',
  (name, pump) => {
    const [log, terminal] = [join(folder, `${name}.log`), join(folder, `${name}.terminal`)]
    const remark =
      '/srv/toolkit/src/shell/json.sh: line 12: 31402 Killed                  child_become "$@" < /dev/null'
    const kept = '/srv/toolkit/hooks.d/before-backup/stop: line 3: 99 Killed                  pg_ctl stop'
    execFileSync('bash', ['-c', `exec 3>'${log}' 4>'${terminal}'; ${pump}`], {
      input: `${remark}\n${kept}\n`,
      env: { ...process.env, LC_ALL: 'C' },
    })
    for (const path of [log, terminal]) {
      const written = readFileSync(path, 'utf8')
      expect(written).not.toContain('child_become')
      expect(written).toContain('hooks.d/before-backup/stop: line 3: 99 Killed')
    }
  },
)
