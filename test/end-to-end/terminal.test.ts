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
  it('progress has a bar for each bucket, below log lines that stay whole, warnings in colour', async () => {
    const terminal = await startTmux({ command, env, columns: 140 })
    try {
      const shown = await terminal.waitFor(/copying: [36]\/12 objects .* left\n/)
      expect(shown).toMatch(/^ {2}avatars +\[#+-+\] [12]\/4$/m)
      expect(shown).toMatch(/^ {2}\\u\{1b\}\[31mred\\u\{1b\}\[H +\[#+-+\] [12]\/4$/m)
      expect(shown).toMatch(/^ {2}x+\.\.\.x+ +\[#+-+\] [12]\/4$/m)
      // The warning has come; what was drawn before it was taken away, and drawn anew below it.
      const after = await terminal.waitFor(/copying: 9\/12/)
      expect(after).toMatch(/^\S+Z WARN {2}backup: half of them\ncopying: 9/m)
      expect(after.match(/avatars/g)).toHaveLength(1)
      await terminal.waitFor('exit code 0')
      const screen = await terminal.screen()
      expect(screen).toMatch(/^\S+Z WARN {2}backup: half of them$/m)
      expect(screen).not.toMatch(/copying:|avatars|\[#/)
      expect(await terminal.rawScreen()).toContain(yellow)
    } finally {
      await terminal.stop()
    }
    expect(await toolkit.log()).not.toContain('\u001b')
  })

  it('progress stays in its place on a small screen', async () => {
    const terminal = await startTmux({ command, env, columns: 44, rows: 8 })
    try {
      const shown = await terminal.waitFor(/copying: 9\/12 objects/)
      expect(shown.match(/copying:/g)).toHaveLength(1)
      expect(shown).toMatch(/^ {2}avatars +\[#+-+\] 3\/4$/m)
      await terminal.waitFor('exit code 0')
      expect(await terminal.screen()).not.toMatch(/copying:|avatars|\[#/)
    } finally {
      await terminal.stop()
    }
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
