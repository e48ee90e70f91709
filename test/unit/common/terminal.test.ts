import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { startTmux } from '../../helpers/tmux.ts'

/** What a function of src/shell/terminal.sh makes of a text. */
function shell(call: string, input: string): string {
  const script = `source src/shell/terminal.sh; ${call}`
  return execFileSync('bash', ['-c', script], {
    input,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
}
const wrap = (width: number, ...lines: string[]) =>
  shell(`terminal_wrap ${width}`, lines.map((line) => `${line}\n`).join(''))
    .split('\n')
    .slice(0, -1)
const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '')
const usage = readFileSync('src/shell/usage/restore.txt', 'utf8')

describe('a text on a terminal', () => {
  it('goes on below the beginning of its last column', () => {
    expect(
      wrap(30, '  PROBLEM   The last backup failed 4 h ago', 'OK    lock    no other run is under way'),
    ).toEqual([
      '  PROBLEM   The last backup',
      '            failed 4 h ago',
      'OK    lock    no other run is',
      '              under way',
    ])
  })

  it('stands below its other columns where those take more than half of the line', () => {
    expect(wrap(30, 'FAIL  local backup      /backup is not there. — Make it.')).toEqual([
      'FAIL  local backup',
      '    /backup is not there. —',
      '    Make it.',
    ])
  })

  it('stays as it is where it fits, and so does a word that is longer than a line', () => {
    expect(wrap(30, 'short', '', '  a  b')).toEqual(['short', '', '  a  b'])
    expect(wrap(12, 'take /a/very/long/path now')).toEqual(['take', '/a/very/long/path', 'now'])
  })

  it.each([30, 40, 80, 119])('of %i columns has no word less, none cut, and no line too long', (width) => {
    const output = shell(`terminal_unwrap | terminal_wrap ${width}`, usage)
    expect(wordsOf(output)).toEqual(wordsOf(usage))
    const tooLong = output.split('\n').filter((line) => line.length > width)
    expect(tooLong).toEqual([])
  })

  it('is what --help shows there, and nothing is broken where there is none', async () => {
    const terminal = await startTmux({
      command: './backup.sh --help',
      env: { PATH: process.env['PATH'] ?? '' },
      ...{ columns: 40, rows: 300 },
    })
    try {
      const screen = await terminal.waitFor('exit code 0')
      const shown = screen.slice(0, screen.indexOf('exit code'))
      expect(wordsOf(shown)).toEqual(wordsOf(readFileSync('src/shell/usage/backup.txt', 'utf8')))
    } finally {
      await terminal.stop()
    }
    const piped = execFileSync('bash', ['-c', './backup.sh --help'], { encoding: 'utf8' })
    expect(piped).toBe(readFileSync('src/shell/usage/backup.txt', 'utf8'))
  })
})
