import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { runProgram } from '../../src/common/process.ts'

/** A terminal in which a test types and reads the screen: a tmux server of its own. */
export interface TmuxSession {
  /** Types text, or presses keys by tmux's names: `Enter`, `Down`, `Space`, `C-c`. */
  press(...keys: string[]): Promise<void>
  type(text: string): Promise<void>
  screen(): Promise<string>
  /** The screen with its escape sequences. */
  rawScreen(): Promise<string>
  /**
   * Waits until the screen shows something, and returns it; `exit code 0` is how the command ended, and not what a log says of it
   * before. Fails with the screen after a time that no machine needs.
   */
  waitFor(wanted: string | RegExp): Promise<string>
  stop(): Promise<void>
}

const pollMs = 50
const timeoutMs = 300_000

/** Starts a shell command in a terminal of the given size. */
export async function startTmux(options: {
  command: string
  env: Record<string, string>
  columns?: number
  rows?: number
}): Promise<TmuxSession> {
  const server = `test-${randomUUID()}`
  const tmux = async (...args: string[]) => {
    const { stdout } = await runProgram({
      program: 'tmux',
      args: ['-L', server, '-f', '/dev/null', ...args],
      env: { TERM: 'screen-256color', LC_ALL: 'C.UTF-8', ...options.env },
      phase: 'test',
      suggestion: 'Is tmux installed?',
    })
    return stdout
  }
  const size = ['-x', String(options.columns ?? 100), '-y', String(options.rows ?? 30)]
  await tmux(
    'new-session',
    '-d',
    ...size,
    '-s',
    'test',
    'sh',
    '-c',
    // A Ctrl-C that is no key to the command is a signal to this shell as well, which is to tell the exit code.
    `trap : INT; ${options.command}; echo "exit code $?"; exec cat`,
  )
  const screen = () => tmux('capture-pane', '-p', '-t', 'test')
  return {
    press: async (...keys) => void (await tmux('send-keys', '-t', 'test', ...keys)),
    type: async (text) => void (await tmux('send-keys', '-t', 'test', '-l', text)),
    screen,
    rawScreen: () => tmux('capture-pane', '-p', '-e', '-t', 'test'),
    async waitFor(wanted) {
      const deadline = Date.now() + timeoutMs
      const isEnd = typeof wanted === 'string' && wanted.startsWith('exit code')
      const looked = isEnd ? new RegExp(`^${wanted}`, 'm') : wanted
      for (;;) {
        const shown = await screen()
        if (typeof looked === 'string' ? shown.includes(looked) : looked.test(shown)) return shown
        if (Date.now() > deadline) throw new Error(`The screen never showed ${wanted}:\n${shown}`)
        await sleep(pollMs)
      }
    },
    stop: async () => void (await tmux('kill-server')),
  }
}
