import { readdirSync, readFileSync } from 'node:fs'

export interface ArgumentsWatch {
  /** Every command line that was seen so far. */
  seen(): string[]
  /** Ends the watch; every command line that was seen, its arguments separated by spaces. */
  stop(): string[]
}

const everyMs = 3

/** Looks at the command lines of all processes of the machine, as any of its users could, until it is stopped. */
export function watchArguments(): ArgumentsWatch {
  const seen = new Set<string>()
  const look = () => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
      } catch {
        // It ended between the two looks.
      }
    }
  }
  const timer = setInterval(look, everyMs)
  return {
    seen: () => [...seen],
    stop() {
      clearInterval(timer)
      return [...seen]
    },
  }
}
