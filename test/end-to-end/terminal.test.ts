import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../helpers/command.ts'
import { startTmux } from '../helpers/tmux.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let command: string
let env: Record<string, string>
beforeAll(async () => {
  toolkit = await makeToolkit()
  command = `${toolkit.folder}/toolkit/backup.sh --env-file ${toolkit.envFile}`
  env = {
    PATH: `${process.env['PATH']}`,
    HOME: join(toolkit.folder, 'home'),
    XDG_RUNTIME_DIR: join(toolkit.folder, 'runtime'),
    FIXTURE_BACKUP: 'progress',
  }
})
afterAll(() => toolkit.remove())

const yellow = '\u001b[33m'

describe('on a terminal', () => {
  it('progress is one line that is drawn anew, below log lines that stay whole, warnings in colour', async () => {
    const terminal = await startTmux({ command, env, columns: 140 })
    try {
      await terminal.waitFor(/copying: [1-3]\/4 objects/)
      await terminal.waitFor('exit code 0')
      const screen = await terminal.screen()
      expect(screen).toMatch(/^\S+Z WARN {2}backup: half of them$/m)
      expect(screen).not.toContain('copying:')
      expect(await terminal.rawScreen()).toContain(yellow)
    } finally {
      await terminal.stop()
    }
    expect(await toolkit.log()).not.toContain('\u001b')
  })

  it('there is no colour with NO_COLOR', async () => {
    const terminal = await startTmux({ command, env: { ...env, NO_COLOR: '1' }, columns: 140 })
    try {
      await terminal.waitFor('exit code 0')
      expect(await terminal.rawScreen()).not.toContain(yellow)
    } finally {
      await terminal.stop()
    }
  })

  it('Ctrl-C ends the run with 130 and leaves everything as it was', async () => {
    const before = await toolkit.archives()
    const terminal = await startTmux({ command, env: { ...env, FIXTURE_BACKUP: 'hang' }, columns: 140 })
    try {
      await terminal.waitFor('hanging')
      await terminal.press('C-c')
      await terminal.waitFor('exit code 130')
    } finally {
      await terminal.stop()
    }
    expect(await toolkit.generations()).toEqual(['current'])
    expect(await toolkit.archives()).toEqual(before)
  })
})

describe('in the journal', () => {
  it('each line carries its priority, and the log file none', async () => {
    // systemd names the stream that it reads by device and inode.
    const script = `JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec ${command}`
    const { code, stderr } = await runCommand('bash', ['-c', script], {
      env: { ...env, FIXTURE_BACKUP: 'fail' },
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^<6>\S+Z INFO {2}backup: backup of the project shop/m)
    expect(stderr).toMatch(/^<3>\S+Z ERROR backup: It failed/m)
    expect(await toolkit.log()).not.toMatch(/^<\d>/m)
  })
})
