import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand as runProgram } from '../../../test/helpers/command.ts'

const checkout = resolve(import.meta.dirname, '../../..')
let home: string
let env: Record<string, string>

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'supabase-backup-home-'))
  const programs = join(home, 'programs')
  await mkdir(programs)
  // The packages of the checkout in place of a download, and a manager that notes what it is told.
  const npm = `[[ $1 == ci ]] || exit 1
    from='${checkout}'; [[ $PWD != */dashboard ]] || from+=/dashboard
    cp -al "$from/node_modules" . 2>/dev/null || cp -a "$from/node_modules" .`
  for (const [name, script] of Object.entries({ npm, systemctl: `echo "$*" >>'${home}/told'` })) {
    await writeFile(join(programs, name), `#!/usr/bin/env bash\n${script}\n`)
    await chmod(join(programs, name), 0o755)
  }
  env = { PATH: `${programs}:${process.env['PATH']}`, HOME: home, LC_ALL: 'C.UTF-8' }
})
afterAll(() => rm(home, { recursive: true, force: true }))

test('install.sh --dashboard installs a copy that serves, as the unit starts it, and --uninstall takes the unit away', async () => {
  const copy = join(home, 'my tools/100% backup')
  const { code, stdout, stderr } = await runProgram(
    join(checkout, 'install.sh'),
    ['--copy-to', copy, '--dashboard'],
    { env },
  )
  expect(code, stderr).toBe(0)
  expect(stdout).toContain('http://127.0.0.1:4317')
  expect(await readFile(join(home, 'told'), 'utf8')).toMatch(
    /--user enable --quiet supabase-backup-dashboard\.service\n--user restart supabase-backup-dashboard\.service\n/,
  )
  const unit = join(home, '.config/systemd/user/supabase-backup-dashboard.service')
  const program = /^ExecStart="(.*)"$/m.exec(await readFile(unit, 'utf8'))?.[1]?.replaceAll('%%', '%')
  expect(program).toBe(join(copy, 'dashboard/dashboard.sh'))

  const serving = spawn(program ?? '', {
    env: { ...env, DASHBOARD_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(serving, 'exit')
  const said: string[] = []
  for await (const line of createInterface(serving.stdout)) {
    said.push(line)
    if (line === 'Ready.') serving.kill('SIGTERM')
  }
  expect(said.join('\n')).toMatch(/^The dashboard is at http:\/\/127\.0\.0\.1:\d+[\s\S]*Ready\.$/)
  expect(await ended).toEqual([0, null])

  const away = await runProgram(join(copy, 'install.sh'), ['--uninstall'], { env })
  expect(away.code, away.stderr).toBe(0)
  await expect(stat(unit)).rejects.toThrow('ENOENT')
  expect(await readFile(join(home, 'told'), 'utf8')).toContain(
    'disable --now --quiet supabase-backup-dashboard.service',
  )
})
